"""A sample project that is drawn, not downloaded.

``plan_project`` says what there is, ``write_photos`` draws it: a tower that goes up
over 18 months, seen from the street, from the air and from inside, with everything a
camera and a site team would record.
"""

from .drawing import draw_photo
from .plan import Comment, Group, Plan, PlannedPhoto, plan_project
from .project import Album, Device, Person
from .scene import Scene
from .writing import jpeg, write_photo, write_photos

__all__ = [
    "Album",
    "Comment",
    "Device",
    "Group",
    "Person",
    "Plan",
    "PlannedPhoto",
    "Scene",
    "draw_photo",
    "jpeg",
    "plan_project",
    "write_photo",
    "write_photos",
]
