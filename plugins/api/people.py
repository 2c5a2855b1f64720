"""Who asks, and what there is: me, companies, projects, users, tools.

Of other people only the name is told, unless the one who asks may edit people; that is
what the remote does for who may not read its directory (contract 1.3 and 5.3).
"""

from __future__ import annotations

from typing import Any

from archive.people import Person, find_person, list_people
from archive.rights import allowed
from plugins.api.errors import Json, forbidden, not_found
from plugins.api.paging import PAGING, cut
from plugins.api.params import BOOLEAN, MOMENTS, NUMBER, NUMBERS, TEXT, Param, choice
from plugins.api.projects import Where, held, number_of
from plugins.api.routing import ANYWHERE, ApiCall, answer, get, listed
from plugins.compat import Response

PROJECTS = ("/rest/v1.0/projects", "/rest/v1.1/projects")
USERS = "/rest/v1.0/projects/{project_id}/users"
PHOTOS_TOOL = 1  # the number of the only tool there is
_WHERE = (
    Param("company_id", NUMBER, "Whose name is told"),
    Param("project_id", NUMBER, "Whose name is told"),
)


async def me(call: ApiCall) -> Response:
    """``GET /rest/v1.0/me``: the name comes with a project or a company."""
    there = await held(call.datasette, call.actor)
    if not there:
        raise forbidden("The token holds for no project here")
    named = [number for number in call.args.values() if number]
    if not named:
        person = there[0][1]
        return answer({"id": person.id, "login": person.login or ""})
    found = [one for one in there if {number_of(one[0])} == set(named)]
    if not found:
        raise forbidden("You have no access to this project or company")
    person = found[0][1]
    login = person.login or ""
    return answer({"id": person.id, "login": login, "name": person.name})


async def companies(call: ApiCall) -> Response:
    """``GET /rest/v1.0/companies``."""
    there = await held(call.datasette, call.actor)
    rows = [_company(where) for where in cut(there, call.wish)]
    return listed(call, rows, len(there))


def _company(where: Where) -> Json:
    return {
        "id": number_of(where[0]),
        "name": where[0].title,
        "is_active": True,
        "logo_url": None,
        "pcn_business_experience": None,
        "my_company": True,
    }


async def projects(call: ApiCall) -> Response:
    """``GET /rest/v1.0/projects?company_id=``, and those of one company."""
    there = await held(call.datasette, call.actor)
    company = call.names.get("company_id") or call.args.get("company_id")
    if company is not None:
        there = [one for one in there if number_of(one[0]) == company]
        if not there:
            raise forbidden("You have no access to this company")
    args = call.args
    there = [one for one in there if _is_wanted(one, args)]
    there.sort(key=lambda one: one[0].title.casefold())
    if str(args.get("sort") or "").startswith("-"):
        there.reverse()
    rows: list[Any] = [_project(where) for where in cut(there, call.wish)]
    if args.get("serializer_view") == "ids":
        rows = [row["id"] for row in rows]
    return listed(call, rows, len(there))


def _is_wanted(where: Where, args: Any) -> bool:  # noqa: ANN401
    name, ids = args.get("filters[name]"), args.get("filters[id]")
    status = args.get("filters[by_status]")
    return (
        (name is None or name.casefold() in where[0].title.casefold())
        and (ids is None or number_of(where[0]) in ids)
        and status != "Inactive"
    )


def _project(where: Where) -> Json:
    database = where[0]
    return {
        "id": number_of(database),
        "name": database.title,
        "display_name": database.title,
        "project_number": None,
        "active": True,
        "time_zone": None,
        "origin_id": None,
        "created_at": None,
        "updated_at": None,
        "company": {"id": number_of(database), "name": database.title},
    }


async def show_project(call: ApiCall) -> Response:
    """``GET /rest/v1.0/projects/{project_id}``."""
    return answer(_project((call.database, call.person)))


async def tools(call: ApiCall) -> Response:
    """``GET …/projects/{project_id}/tools``: the photos, and nothing else."""
    tool = {
        "id": PHOTOS_TOOL,
        "name": "images",
        "title": "Photos",
        "engine_name": "images",
        "is_active": True,
        "position": 1,
    }
    active = call.args["filters[is_active]"]
    return answer([] if active is False else [tool])


async def users(call: ApiCall) -> Response:
    """``GET …/projects/{project_id}/users``: the active ones, by name."""
    every = await call.read(list_people)
    wanted = [one for one in every if one.active and _matches(one, call.args)]
    if call.args["sort"] == "-name":
        wanted.reverse()
    full = _reads_people(call) and call.args["view"] != "compact"
    rows = [_user(one, full=full) for one in cut(wanted, call.wish)]
    return listed(call, rows, len(wanted))


def _matches(one: Person, args: Any) -> bool:  # noqa: ANN401
    ids, words = args["filters[id]"], args["filters[search]"]
    if args["filters[vendor_id]"]:  # nobody is of a vendor
        return False
    found = f"{one.name} {one.login or ''}".casefold()
    return (ids is None or one.id in ids) and (
        words is None or words.casefold() in found
    )


def _reads_people(call: ApiCall) -> bool:
    return allowed(call.person, "edit_people")


async def show_user(call: ApiCall) -> Response:
    """``GET …/users/{id}``: keys without a value are left out, as the remote does."""
    number = call.names["id"]
    found = await call.read(lambda connection: find_person(connection, number))
    if not found.active and not _reads_people(call):
        raise not_found(f"there is no user {number}")
    form = _user(found, full=_reads_people(call) or found.id == call.person.id)
    return answer({key: value for key, value in form.items() if value is not None})


def _user(one: Person, *, full: bool) -> Json:
    first, _, last = one.name.rpartition(" ")
    form = {
        "id": one.id,
        "name": one.name,
        "first_name": first or None,
        "last_name": last,
        "initials": "".join(word[0] for word in one.name.split()[:3]).upper(),
        "vendor": None,
    }
    if full:
        mail = one.login if one.login and "@" in one.login else None
        form |= {
            "login": one.login or "",
            "email_address": mail,
            "is_active": one.active,
            "is_employee": False,
        }
    return form


_USERS = (
    *PAGING,
    Param("view", choice("compact", "normal", "extended"), "Which fields"),
    Param("filters[id]", NUMBERS, "These users"),
    Param("filters[search]", TEXT, "Part of the name"),
    Param("filters[vendor_id]", NUMBERS, "Nobody is of a vendor: finds nobody"),
    Param("filters[created_at]", MOMENTS, "Read and not used"),
    Param("filters[updated_at]", MOMENTS, "Read and not used"),
    Param("sort", choice("name", "-name"), "name unless said"),
)
_PROJECTS = (
    *PAGING,
    Param("company_id", NUMBER, "The company"),
    Param("filters[name]", TEXT, "Part of the name"),
    Param("filters[id]", NUMBERS, "These projects"),
    Param("filters[by_status]", choice("All", "Active", "Inactive"), "All are active"),
    Param("sort", choice("name", "-name", "display_name", "-display_name"), ""),
    Param("serializer_view", choice("compact", "normal", "extended", "ids"), ""),
)
_IN_COMPANY = "/rest/v1.0/companies/{company_id}/projects"
ENDPOINTS = (
    get("/rest/v1.0/me", me, ANYWHERE, "Who the token is", _WHERE, "me"),
    get("/rest/v1.0/companies", companies, ANYWHERE, "Companies", PAGING, "[company]"),
    *(
        get(path, projects, ANYWHERE, "Projects", _PROJECTS, "[project]")
        for path in (*PROJECTS, _IN_COMPANY)
    ),
    get(
        "/rest/v1.0/projects/{project_id}",
        show_project,
        "view",
        "A project",
        (Param("company_id", NUMBER, "Its company"),),
        "project",
    ),
    get(
        "/rest/v1.0/projects/{project_id}/tools",
        tools,
        "view",
        "Its tools",
        (Param("filters[is_active]", BOOLEAN, "Whether it is in use"),),
        "[tool]",
    ),
    get(USERS, users, "view", "The project's users", _USERS, "[user]"),
    get(f"{USERS}/{{id}}", show_user, "view", "A user", answer="user"),
)
