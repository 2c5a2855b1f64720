"""Every endpoint answers as its description and the contract's schemas have it.

Every other test of the API holds its answers to the same (``Program.ask``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from plugins.api.endpoints import ENDPOINTS, description
from plugins.api.errors import unauthorized
from plugins.api.pictures import VIEWS
from plugins.api.routing import Endpoint
from plugins.api.schemas import SCHEMAS
from tests.plugins.api import contract
from tests.plugins.api.conftest import Program, programs_of
from tests.plugins.api.forms import KIND, form_of, part_of
from tests.plugins.conftest import Loop, fill, jpeg, serve

IMAGES, ALBUMS = "/rest/v1.0/images", "/rest/v1.0/image_categories"
PLACES = "/rest/v1.0/projects/{project}/locations"
UPLOADS = "/rest/v1.1/projects/{project}/uploads"
PHOTO = jpeg((3, 33, 133))
NUMBER = count()  # of things that are made: no two have the same name
SEGMENT = {"size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}


@pytest.fixture(scope="module")
def busy(
    tmp_path_factory: pytest.TempPathFactory,
    loop: Loop,
    tokens: None,  # noqa: ARG001
) -> Iterator[Callable[[str], Program]]:
    """One archive for all of these tests: each makes what it needs."""
    folder = tmp_path_factory.mktemp("busy") / "tower"
    fill(folder)
    for site in serve(loop, [folder], owner=True):
        yield programs_of(site)


def made(program: Program, path: str, body: Any) -> Any:
    answer = program.send("POST", path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def an_image(program: Program) -> int:
    content = form_of(
        part_of("image[trade_ids][]", b"1"),
        part_of("image[location_id]", b"2"),
        part_of("image[log_date]", b"2026-05-11"),
        part_of("image[data]", PHOTO, "slab.jpg", "image/jpeg"),
    )
    sent = {"content": content, "headers": {"content-type": KIND}}
    answer = program.ask("POST", IMAGES, **sent)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def a_deleted_image(program: Program) -> int:
    number = an_image(program)
    program.ask("DELETE", f"{IMAGES}/{number}")
    return number


def an_album(program: Program) -> int:
    body = {"image_category": {"name": f"Album {next(NUMBER)}"}}
    return int(made(program, ALBUMS, body)["id"])


def a_place(program: Program) -> int:
    body = {"location": {"node_name": f"Place {next(NUMBER)}"}}
    return int(made(program, PLACES, body)["id"])


def an_upload(program: Program) -> str:
    """Announce a file in segments and send it: whole at once, for one has all of it."""
    told = made(program, UPLOADS, {"response_filename": "a.jpg", "segments": [SEGMENT]})
    (segment,) = told["segments"]
    request = program.site.datasette.client.put
    address = segment["url"].removeprefix("http://localhost")
    program.site.run(request(address, content=b"abc", headers=segment["headers"]))
    return str(told["uuid"])


# What stands for {id} in an address that has this in it; the first that fits
THINGS: tuple[tuple[str, Callable[[Program], object]], ...] = (
    ("/retrieve", a_deleted_image),
    ("/images/", an_image),
    ("/image_categories/", an_album),
    ("/locations/", a_place),
    ("/uploads/", an_upload),
    ("/trades/", lambda _: 1),
    ("/users/", lambda _: 2),
)
BODIES: dict[str, Callable[[Program], Any]] = {
    "image_create": lambda program: {
        "source_image_id": an_image(program),
        "image": {"description": "a copy"},
    },
    "image_update": lambda _: {"image": {"description": "new", "starred": True}},
    "image_category_write": lambda _: {
        "image_category": {"name": f"Named {next(NUMBER)}"}
    },
    "location_write": lambda program: {
        "project_id": program.project,
        "location": {
            "node_name": f"Node {next(NUMBER)}",
            "path": ["Tower", f"Node {next(NUMBER)}"],
        },
    },
    "trade_write": lambda _: {"trade": {"name": "Glazing"}},
    "upload_create": lambda _: {"response_filename": "a.jpg"},
    "upload_complete": lambda _: {"segments": [{"etag": None}]},
    "upload_unified_create": lambda _: {
        "file_name": "a.jpg",
        "file_size": 3,
        "content_type": "image/jpeg",
        "segments": [SEGMENT],
        "uploader_tool_name": "estimating",
    },
    "upload_unified_complete": lambda _: {"part_etags": [None]},
}
QUERIES = {
    f"GET {IMAGES}": [
        *(f"serializer_view={view}" for view in VIEWS),
        "filters[include_deleted]=with",
        "filters[include_deleted]=only&serializer_view=ids_only",
        "per_page=2&page=2&sort=-taken_at",
    ],
    f"GET {IMAGES}/recycle_bin": [*(f"serializer_view={view}" for view in VIEWS)],
    f"GET {IMAGES}/{{id}}": [
        *(f"serializer_view={view}" for view in VIEWS if view != "ids_only")
    ],
    "GET /rest/v1.0/projects": ["", "serializer_view=ids"],
    "GET /rest/v1.0/me": ["", "project_id={project}"],
}


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def address_of(endpoint: Endpoint, program: Program) -> str:
    path = endpoint.path
    for name in ("{project_id}", "{company_id}"):
        path = path.replace(name, str(program.project))
    for word, make in THINGS:
        if word in path and "{" in path:
            path = path.replace("{id}", str(make(program)))
            return path.replace("{uuid:word}", str(make(program)))
    return path


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_every_endpoint_answers_as_the_contract_wants_it(
    busy: Callable[[str], Program], endpoint: Endpoint
) -> None:
    program = busy("admin")
    for query in QUERIES.get(name_of(endpoint), [""]):
        path = f"{address_of(endpoint, program)}?{query}"
        options: Any = {}
        if endpoint.body:
            options["json"] = BODIES[endpoint.body](program)
        answer = program.ask(endpoint.method, path, **options)
        assert answer.status_code < 300, answer.text


@pytest.mark.parametrize("who", ["unknown", "none", "reader"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_every_endpoint_refuses_in_a_shape_of_the_contract(
    busy: Callable[[str], Program], endpoint: Endpoint, who: str
) -> None:
    """Who asks holds nothing of the project that they name."""
    path = endpoint.path.replace("{id}", "999999").replace("{uuid:word}", "X" * 26)
    path = path.replace("{project_id}", "7").replace("{company_id}", "7")
    answer = busy(who).ask(endpoint.method, f"{path}?project_id=7", json={})
    assert answer.status_code in ((401, 403) if endpoint.right else (200, 403))
    wrong = busy(who).ask("LOCK", path)
    assert wrong.status_code == 405
    assert endpoint.method in wrong.headers["allow"]


def test_without_a_token_there_is_nothing(busy: Callable[[str], Program]) -> None:
    answer = busy("anonymous").get(IMAGES)
    assert answer.status_code == 401
    assert answer.json() == unauthorized().body


@pytest.mark.skipif(not contract.is_there(), reason="no contract beside this checkout")
@pytest.mark.parametrize("name", [n for n in contract.THEIRS if n != "error"])
def test_our_shapes_are_no_wider_than_those_of_the_contract(name: str) -> None:
    theirs = contract.their_schema(contract.THEIRS[name])
    assert contract.covers(theirs, contract.closed(SCHEMAS[name])) == "yes"


@pytest.mark.skipif(not contract.is_there(), reason="no contract beside this checkout")
@pytest.mark.parametrize("shape", SCHEMAS["error"]["anyOf"], ids=lambda s: str(s)[:60])
def test_our_errors_are_some_of_the_contract(shape: Any) -> None:
    kinds = ("errors_fields", "errors_list", "error_object", "flat")
    found = [
        contract.covers(
            contract.their_schema(f"error.json#/$defs/{kind}"), contract.closed(shape)
        )
        for kind in kinds
    ]
    assert set(found) & {"yes", "unknown"}  # of nested lists it does not know


def test_the_description_is_openapi_and_names_every_endpoint() -> None:
    import schemathesis

    told = description()
    schemathesis.openapi.from_dict(told).validate()
    named = {
        (method.upper(), path)
        for path, operations in told["paths"].items()
        for method in operations
    }
    assert named == {(e.method, e.path.replace(":word", "")) for e in ENDPOINTS}
    names = [
        operation["operationId"]
        for operations in told["paths"].values()
        for operation in operations.values()
    ]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_answer_that_is_not_as_described_is_noticed(name: str) -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        contract.conform(name, 1.5)
