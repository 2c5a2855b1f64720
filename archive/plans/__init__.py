"""What is laid on the map: site plans, and maps of tiles that people have."""

from archive.plans.placing import Corners, Point, between, check_corners, fit
from archive.plans.records import (
    Inspected,
    Plan,
    add_plan,
    edit_plan,
    find_plan,
    inspect_file,
    keep_plan,
    list_plans,
    purge_plans,
    remove_plan,
)
from archive.plans.tiles import Tile, read_tile

__all__ = [
    "Corners",
    "Inspected",
    "Plan",
    "Point",
    "Tile",
    "add_plan",
    "between",
    "check_corners",
    "edit_plan",
    "find_plan",
    "fit",
    "inspect_file",
    "keep_plan",
    "list_plans",
    "purge_plans",
    "read_tile",
    "remove_plan",
]
