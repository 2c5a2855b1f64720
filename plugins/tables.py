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
    row: Any,  # noqa: ANN401
) -> Markup | None:
    """Return a thumbnail that leads to the photo's page, in place of a photo's number.

    Datasette asks about every column but the key, so in ``photos`` itself the column
    ``original_id`` shows it.
    """
    found = datasette.databases.get(database)
    if not isinstance(found, ArchiveDatabase):
        return None
    if column in _PHOTO_COLUMNS:
        number = row[column]
    elif (table, column) == ("photos", "original_id") and "id" in row.keys():  # noqa: SIM118
        number = row["id"]
    else:
        return None
    if isinstance(number, dict):  # with the label of the record it refers to
        number = number["value"]
    return _thumbnail(f"{datasette.urls.database(found.name)}/-/photo/{number}", number)


def _thumbnail(page: str, number: Any) -> Markup | None:  # noqa: ANN401
    if not isinstance(number, int):
        return None
    return Markup(
        '<a class="asbuilt-photo" href="{page}"><img src="{page}/thumbnail"'
        ' alt="photo {number}" width="96" height="72" loading="lazy"></a>'
    ).format(page=page, number=number)


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
