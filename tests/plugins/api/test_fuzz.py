"""The API as its own description has it, asked for everything: nothing breaks it.

Requests are made by schemathesis: some as the description wants them, some just not.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from plugins.api.endpoints import DESCRIPTION, ENDPOINTS
from plugins.api.routing import Endpoint
from tests.plugins.api import contract
from tests.plugins.api.conftest import Program, programs_of
from tests.plugins.api.test_uploads import Client
from tests.plugins.conftest import Loop, fill, jpeg, serve

pytestmark = pytest.mark.slow

# of each kind, for each endpoint and each person; API_EXAMPLES=500 for a night
EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
NUMBERS = list(range(1, 13))  # of photos, albums, places …: some are there
ORIGIN = "http://localhost"


@pytest.fixture(scope="module")
def changing_for_long(
    tmp_path_factory: pytest.TempPathFactory,
    loop: Loop,
    tokens: None,  # noqa: ARG001
) -> Iterator[Callable[[str], Program]]:
    """One archive for all of these tests, whatever becomes of it."""
    folder = tmp_path_factory.mktemp("fuzzed") / "tower"
    fill(folder)
    for site in serve(loop, [folder], owner=True):
        yield programs_of(site)


@pytest.fixture(scope="module")
def described(changing_for_long: Callable[[str], Program]) -> Any:
    """The API's description, with numbers in it that are those of something."""
    import schemathesis

    program = changing_for_long("admin")
    description = copy.deepcopy(program.get(DESCRIPTION).json())
    values = {"project_id": [program.project], "company_id": [program.project]}
    values |= {"id": NUMBERS, "uuid": [uploaded(program), "01ARZ3NDEKTSV4RRFFQ69G5FAV"]}
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["name"] in values:
                    parameter["schema"]["enum"] = values[parameter["name"]]
    names = ["Slab", "slab", "Ünder>Croft", "…", " "]
    values |= {"upload_uuid": values["uuid"], "name": names, "node_name": names}
    schemas = description["components"]["schemas"]
    del schemas["image_create"]["properties"]["upload"]  # or all name two uploads
    pictures = [jpeg((9, 9, 99)), jpeg((99, 9, 9)), b"no picture", b""]
    schemathesis.openapi.format("picture", strategies.sampled_from(pictures))
    file = schemas["image_create_form"]["properties"]["image[data]"]
    file["format"] = "picture"
    for name, schema in schemas.items():
        if name.endswith(("_create", "_update", "_write")):
            narrow(schema, values)
    return schemathesis.openapi.from_dict(description)


def uploaded(program: Program) -> str:
    """Announce a file and send it. Returns its uuid."""
    client = Client(program)
    told = client.begin(response_filename="a.jpg")
    assert client.store(told, jpeg((9, 99, 9))).status_code == 204
    return str(told["uuid"])


def narrow(schema: Any, values: dict[str, list[Any]]) -> None:
    """Have what is sent name things that are there, and what it adds have a name."""
    for field, inner in schema.get("properties", {}).items():
        if field in values:
            inner["enum"] = values[field]
        elif field.endswith("_id") and inner["type"] != "null":
            inner["enum"] = NUMBERS
        elif field.endswith("_ids"):
            inner["items"]["enum"] = NUMBERS
        if field in ("image_category", "location", "trade"):
            inner["required"] = list(inner["properties"])[:1]  # the name
        narrow(inner, values)


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def operation_of(described: Any, endpoint: Endpoint) -> Any:
    path = endpoint.path.replace(":word", "")
    return described[path][endpoint.method]


@pytest.mark.parametrize("who", ["admin", "reader"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_whatever_is_asked_is_answered_as_described(
    changing_for_long: Any, described: Any, endpoint: Endpoint, who: str
) -> None:
    from schemathesis import GenerationMode

    program = changing_for_long(who)
    operation = operation_of(described, endpoint)
    right = operation.as_strategy(GenerationMode.POSITIVE)
    wrong = operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(
        max_examples=2 * EXAMPLES,
        phases=[
            Phase.generate
        ],  # not again and smaller: the archive is another by then
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=right | wrong)
    def ask(case: Any) -> None:
        check(case, send(program, case))

    ask()


def send(program: Program, case: Any) -> Any:
    """Send a request, byte for byte as it would go through a connection."""
    import requests

    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {program.who}"}
    kwargs = case.as_transport_kwargs(base_url=ORIGIN)
    kwargs.pop("timeout", None)
    asked = requests.Request(**kwargs).prepare()
    call = program.site.datasette.client.request(
        str(asked.method),
        str(asked.url).removeprefix(ORIGIN),
        headers=dict(asked.headers),
        content=asked.body or b"",
    )
    return program.site.run(call)


def check(case: Any, answer: Any) -> None:
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as described

    case.validate_response(
        answer,
        checks=[
            checks.not_a_server_error,
            described.status_code_conformance,
            described.content_type_conformance,
            described.response_headers_conformance,
            described.response_schema_conformance,
        ],
    )
    contract.check(case.method, case.formatted_path, answer)


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/rest/v1.0/nothing", {}, 404),
        ("GET", "/rest/", {}, 404),
        ("GET", "/rest/v1.0/images/1/2/3", {}, 404),
        ("TRACE", "/rest/v1.0/images", {}, 405),
        ("OPTIONS", "/rest/v1.0/images", {}, 405),
        ("PUT", "/rest/v1.0/me", {}, 405),
        ("GET", "/rest/v1.0/images?" + "a=1&" * 3_000, {}, 400),
        ("GET", "/rest/v1.0/images?filters[id]=%FF", {}, 400),
        ("POST", "/rest/v1.0/images", {"content": b"\xff\x00"}, 400),
        ("POST", "/rest/v1.0/images", {"content": b"[" * 100_000}, 400),
        ("POST", "/rest/v1.0/images", {"content": b"{" + b" " * 3_000_000}, 413),
        ("GET", "/rest/v1.0/me", {"headers": {"authorization": "Bearer x"}}, 401),
        ("GET", "/rest/v1.0/me", {"headers": {"authorization": "Basic eDp5"}}, 401),
        ("GET", "/rest/v1.0/me", {"headers": {"via": "a proxy"}}, 403),
        ("GET", "/rest/v1.0/me", {"headers": {"host": "evil.example"}}, 403),
        ("GET", "/rest/v1.0/me", {"headers": {"sec-fetch-site": "cross-site"}}, 403),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_in_no_description_is_refused_in_json(
    changing_for_long: Any, method: str, path: str, options: Any, status: int
) -> None:
    answer = changing_for_long("admin").ask(method, path, **options)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(answer.json(), dict)
