"""pyprocore: its photos can be read only; what it writes goes through its own client.

Settings come from its environment variables, set by the test.
"""

from __future__ import annotations

from pathlib import Path

from pyprocore import Procore
from pyprocore.core.client import ProcoreClient
from tour import PHOTO, PROJECT, found, refused, send_to_storage, tell

IMAGES = f"/rest/v1.0/images?project_id={PROJECT}"
HEADERS = {"Procore-Company-Id": str(PROJECT)}

procore = Procore()
plain = ProcoreClient()


def one(number: int, action: str = "") -> str:
    return f"/rest/v1.0/images/{number}{action}?project_id={PROJECT}"


def ids(**options: object) -> list[int | None]:
    return [photo.id for photo in procore.photos.list(PROJECT, **options)]


# Reading

found["companies"] = [company.id for company in procore.companies.list()]
found["projects"] = [one.id for one in procore.projects.list(company_id=PROJECT)]
found["albums"] = [album.name for album in procore.photos.list_albums(PROJECT)]
found["locations"] = [place.name for place in procore.locations.list(PROJECT)]
found["users"] = [one.name for one in procore.project_users.list(PROJECT)]
found["tools"] = [
    tool.name for tool in procore.project_tools.list(PROJECT, active=True)
]
found["every"] = ids(per_page=2, sort="created_at")
found["filtered"] = {
    "private": ids(private=True),
    "ids": ids(image_ids=[1, 6]),
    "words": ids(query="crane"),
    "location": ids(location_ids=[2]),
    "trade": ids(trade_ids=[1]),
    "uploader": ids(uploader_ids=[2]),
    "changed": ids(updated_at="2001-01-01...2001-12-31"),
    "album": ids(album_id=2),
}
shown = procore.photos.get(PROJECT, 1)
found["shown"] = {"id": shown.id, "filename": shown.filename}
found["missing"] = refused(lambda: procore.photos.get(PROJECT, 999_999))
found["malformed"] = refused(lambda: ids(updated_at="yesterday"))

# Adding by an upload

upload = plain.post(
    f"/rest/v1.1/projects/{PROJECT}/uploads",
    json={
        "response_filename": PHOTO.name,
        "response_content_type": "image/jpeg",
        "size": PHOTO.stat().st_size,
    },
    headers=HEADERS,
)
send_to_storage(upload)
sent = {
    "upload_uuid": upload["uuid"],
    "image_name": PHOTO.name,
    "image": {
        "description": "by pyprocore",
        "mt_location": ["Tower", "Level 9"],
        "trade_ids": [1],
        "log_date": "2026-05-11",
        "private": False,
    },
}
created = plain.post(IMAGES, json=sent, headers=HEADERS)
found["created"] = created
found["twice"] = refused(lambda: plain.post(IMAGES, json=sent, headers=HEADERS))
header = procore.daily_logs.get_header(PROJECT, log_date="2026-05-11")
found["day"] = (header.id, header.log_date)
file = procore.photos.download(PROJECT, created["id"], output_dir=Path.cwd() / "photos")
found["same bytes"] = Path(file).read_bytes() == PHOTO.read_bytes()

# Changing and deleting

found["updated"] = plain.request(
    "PATCH",
    one(created["id"]),
    json={"image": {"description": "changed", "starred": True, "location_id": 2}},
    headers=HEADERS,
)
plain.delete(one(created["id"]), headers=HEADERS)
found["deleted"] = refused(lambda: procore.photos.get(PROJECT, created["id"]))
found["bin"] = ids(params={"filters[include_deleted]": "only"})
found["retrieved"] = plain.request(
    "PATCH", one(created["id"], "/retrieve"), headers=HEADERS
)
plain.delete(
    one(created["id"]) + "&permanent=true",
    headers=HEADERS,
)
found["ended"] = refused(lambda: procore.photos.get(PROJECT, created["id"]))
tell("pyprocore")
