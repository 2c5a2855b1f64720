"""Who may open Datasette's own pages of an archive: its admins.

Everybody else has our pages only. What Datasette could write (rows, tables, SQL) is
allowed to nobody: it would go past history's reasons and past the rights, and our own
pages do it better. Nor may anybody download the database while it is open.
"""

from __future__ import annotations

from typing import Any

from archive.rights import allowed
from plugins.compat import Datasette, PermissionSQL
from plugins.databases import archives

# What an admin may do to an archive; every other action on one is denied.
ADMINS_MAY = {"view-database", "view-table", "view-query", "execute-sql"}
_INSTANCE = {"view-instance"}
_DEBUGGING = {"permissions-debug", "debug-menu"}


async def rules(
    datasette: Datasette, actor: dict[str, Any] | None, action: str
) -> PermissionSQL | None:
    """Return the rules for this actor and action, as rows of parent, child, allow."""
    people = [(db.name, await db.person(actor)) for db in archives(datasette)]
    if not people:
        return None
    reason = "asbuilt: the archive's own rights"
    if action in _INSTANCE:
        seen = any(person for _, person in people)
        return PermissionSQL.allow(reason) if seen else PermissionSQL.deny(reason)
    if action in _DEBUGGING:
        return PermissionSQL.deny(reason)
    parts, values = [], {"asbuilt_reason": reason}
    for number, (name, person) in enumerate(people):
        may = (
            action in ADMINS_MAY and person is not None and allowed(person, "query_sql")
        )
        values[f"asbuilt_{number}"] = name
        parts.append(
            f"select :asbuilt_{number} as parent, null as child, {int(may)} as allow,"
            " :asbuilt_reason as reason"
        )
    return PermissionSQL(sql=" union all ".join(parts), params=values)
