"""Datasette's own pages beneath: thumbnails in place of ids, and the way back."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from archive.rights import allowed
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives

_PHOTO_COLUMNS = {"photo_id", "cover_photo_id"}


def render_cell(
    datasette: Datasette,
    database: str,
    table: str | None,
    column: str,
    value: Any,  # noqa: ANN401
) -> Markup | None:
    """Return a thumbnail that leads to the photo's page, for ids of photos."""
    found = datasette.databases.get(database)
    is_photo = column in _PHOTO_COLUMNS or (table == "photos" and column == "id")
    if (
        not isinstance(found, ArchiveDatabase)
        or not is_photo
        or not isinstance(value, int)
    ):
        return None
    page = f"{datasette.urls.database(found.name)}/-/photo/{value}"
    return Markup(  # noqa: S704 - escaped by format
        '<a class="asbuilt-photo" href="{page}"><img src="{page}/thumbnail" alt=""'
        ' width="96" height="72" loading="lazy"><span>{value}</span></a>'
    ).format(page=page, value=value)


async def menu_links(
    datasette: Datasette, actor: dict[str, Any] | None
) -> list[dict[str, str]]:
    """Return links to each archive's photos and tables."""
    links = []
    for database in archives(datasette):
        person = await database.person(actor)
        if person is None:
            continue
        home = str(datasette.urls.database(database.name))
        links.append({"href": home, "label": f"{database.title}: photos"})
        if allowed(person, "query_sql"):
            links.append(
                {"href": f"{home}/-/tables", "label": f"{database.title}: tables"}
            )
    return links
