"""The requests of the protocol tus, and those that announce what comes."""

from __future__ import annotations

import base64
from typing import Any

from tests.plugins.conftest import Site, jpeg

BODY = "application/offset+octet-stream"
TUS = {"tus-resumable": "1.0.0"}
PHOTO = jpeg((10, 120, 90), (64, 48))
UPLOADS = "/tower/-/uploads"


def ask(site: Site, method: str, path: str, who: str = "admin", **options: Any) -> Any:
    headers = {**TUS, **options.pop("headers", {})}
    return site.get(path, who, method, headers=headers, **options)


def metadata(**values: str) -> str:
    pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())
    return ",".join(pairs)


def create(site: Site, size: int, who: str = "admin", **values: str) -> Any:
    headers = {
        "upload-length": str(size),
        "upload-metadata": metadata(**{"filename": "IMG_1.jpg", **values}),
    }
    return ask(site, "post", UPLOADS, who, headers=headers)


def patch(site: Site, url: str, offset: int, data: bytes, **options: Any) -> Any:
    headers = {"upload-offset": str(offset), "content-type": BODY}
    headers |= options.pop("headers", {})
    return ask(site, "patch", url, content=data, headers=headers, **options)


def begin(site: Site, who: str = "admin", **options: Any) -> Any:
    return site.get(UPLOADS, who, "post", json=options)


def announce(site: Site, upload: Any, *names: str, size: int = len(PHOTO)) -> Any:
    files = [{"key": name, "name": name, "bytes": size} for name in names]
    url = f"{upload['url']}/files"
    return site.get(url, "admin", "post", json={"files": files}).json()["files"]
