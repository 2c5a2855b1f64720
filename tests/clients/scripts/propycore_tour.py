"""ProPyCore: albums by functions of its own; images by the requests that it offers.

Its ``Images`` has an address and no function; ``get_request`` and its kin are what its
users have. It sends files as a multipart form.
"""

from __future__ import annotations

from typing import Any

from ProPyCore.procore import Procore
from tour import CLIENT, ORIGIN, PHOTO, PROJECT, found, refused, send_to_storage, tell

HEADERS = {"Procore-Company-Id": str(PROJECT)}
IMAGES = "/rest/v1.0/images"

procore = Procore(*CLIENT, redirect_uri="", base_url=ORIGIN, oauth_url=ORIGIN)
images = procore.photos.images


def rows(**params: Any) -> Any:
    return images.get_request(IMAGES, HEADERS, {"project_id": PROJECT, **params})


def ids(**params: Any) -> list[int]:
    return [row["id"] for row in rows(**params)]


def every() -> list[int]:
    """Page as ProPyCore's own lists do: until a page is empty."""
    found: list[int] = []
    page = 1
    while some := ids(page=page, per_page=2, sort="created_at"):
        found += some
        page += 1
    return found


def one(number: int, action: str = "") -> str:
    return f"{IMAGES}/{number}{action}"


IN_PROJECT = {"project_id": PROJECT}

# Reading

found["companies"] = [one["id"] for one in procore.companies.get()]
found["projects"] = [one["id"] for one in procore.projects.get(company_id=PROJECT)]
albums = procore.photos.categories.get(PROJECT, PROJECT)
found["albums"] = [album["name"] for album in albums]
found["every"] = every()
found["filtered"] = {
    "private": ids(**{"filters[private]": True}),
    "ids": ids(**{"filters[id][]": [1, 6]}),
    "words": ids(**{"filters[query]": "crane"}),
    "location": ids(**{"filters[location_id]": 2}),
    "trade": ids(**{"filters[trade_ids]": 1}),
    "uploader": ids(**{"filters[uploader_id]": 2}),
    "changed": ids(**{"filters[updated_at]": "2001-01-01...2001-12-31"}),
    "album": ids(image_category_id=2),
}
shown = images.get_request(one(1), HEADERS, IN_PROJECT)
found["shown"] = {"id": shown["id"], "filename": shown["filename"]}
found["missing"] = refused(
    lambda: images.get_request(one(999_999), HEADERS, IN_PROJECT)
)
found["malformed"] = refused(lambda: ids(**{"filters[updated_at]": "yesterday"}))

# Adding by an upload, and by a form with the file

made = procore.photos.categories.create(PROJECT, PROJECT, "Safety")
found["album"] = procore.photos.categories.show(PROJECT, PROJECT, made["id"])["name"]
upload = images.post_request(
    f"/rest/v1.1/projects/{PROJECT}/uploads",
    HEADERS,
    data={"response_filename": PHOTO.name, "response_content_type": "image/jpeg"},
)
send_to_storage(upload)
sent = {
    "upload_uuid": upload["uuid"],
    "image_name": PHOTO.name,
    "image": {
        "description": "by ProPyCore",
        "mt_location": ["Tower", "Level 9"],
        "trade_ids": [1],
        "log_date": "2026-05-11",
        "private": False,
    },
}
created = images.post_request(IMAGES, HEADERS, IN_PROJECT, data=sent)
found["created"] = created
found["twice"] = refused(
    lambda: images.post_request(IMAGES, HEADERS, IN_PROJECT, data=sent)
)
found["form"] = images.post_request(
    IMAGES,
    HEADERS,
    IN_PROJECT,
    data={
        "image[description]": "by a form",
        "image[image_category_id]": made["id"],
        "image[trade_ids][]": [1],
        "image[private]": "false",
    },
    files=[("image[data]", (PHOTO.name, PHOTO.read_bytes(), "image/jpeg"))],
)

# Changing and deleting

number = created["id"]
found["updated"] = images.patch_request(
    one(number),
    HEADERS,
    IN_PROJECT,
    data={"image": {"description": "changed", "starred": True, "location_id": 2}},
)
images.delete_request(one(number), HEADERS, IN_PROJECT)
found["deleted"] = refused(lambda: images.get_request(one(number), HEADERS, IN_PROJECT))
found["bin"] = ids(**{"filters[include_deleted]": "only"})
found["retrieved"] = images.patch_request(one(number, "/retrieve"), HEADERS, IN_PROJECT)
images.delete_request(one(number), HEADERS, {**IN_PROJECT, "permanent": "true"})
found["ended"] = refused(lambda: images.get_request(one(number), HEADERS, IN_PROJECT))
tell("propycore")
