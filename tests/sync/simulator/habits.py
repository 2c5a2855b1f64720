"""In what remotes differ from each other, and what an account may do on one."""

from __future__ import annotations

import random
from dataclasses import dataclass

RIGHTS = frozenset(
    {"upload", "edit", "move", "private", "star", "log", "delete", "retrieve"}
    | {"album", "location", "trade", "bin"}
)
TOUCHES = ("star", "retrieve", "recycle", "place")


@dataclass(frozen=True, slots=True)
class Habits:
    """In what remotes differ from each other.

    :param bin_list: "" the list of the bin ignores that it is asked for; "shown":
        photos of the bin are listed; "stamped": with ``deleted_at``
    :param retrieves_by: methods; none: nothing comes back out of the bin
    :param touches: what moves ``updated_at`` of a photo besides its own words: "star",
        "retrieve", "recycle", "place" (another place, album or trades)
    :param shows_recycled: a photo in the bin is shown to who asks for its number
    :param hides_photos: what is in a private album is made private there, too
    :param clears_log: what is made private there leaves the daily log
    :param takes_twice: an upload may become two images
    :param lag: seconds between the stamp of a change and when others see it
    """

    ignores_starred: bool = False
    trims: bool = False
    bin_list: str = "stamped"
    retrieves_by: tuple[str, ...] = ("PATCH", "POST", "PUT")
    touches: frozenset[str] = frozenset(TOUCHES)
    shows_recycled: bool = False
    shows_purged: bool = True
    most_per_page: int = 1000
    reencodes: bool = False
    hides_photos: bool = True
    clears_log: bool = True
    wants_album_name: bool = False
    unique_names: bool = True
    takes_twice: bool = False
    says_log_date: bool = True
    nested_uploads: bool = False
    url_lasts: int = 3600
    lag: int = 0


def random_habits(chance: random.Random) -> Habits:
    """Return a remote unlike others: mostly as documented, each habit at times not."""

    def seldom() -> bool:
        return chance.random() < 0.2

    every = ("PATCH", "POST", "PUT")
    bin_list = chance.choice(("stamped", "stamped", "shown", ""))
    return Habits(
        ignores_starred=seldom(),
        trims=seldom(),
        bin_list=bin_list,
        retrieves_by=chance.choice((every, every, ("POST",), ())),
        touches=frozenset(one for one in TOUCHES if not seldom()),
        # else nothing at all would tell that a photo is in the bin
        shows_recycled=seldom() and bin_list == "stamped",
        shows_purged=not seldom(),
        most_per_page=chance.choice((1000, 1000, 100, 3)),
        reencodes=seldom(),
        hides_photos=not seldom(),
        clears_log=not seldom(),
        wants_album_name=seldom(),
        unique_names=not seldom(),
        takes_twice=seldom(),
        nested_uploads=chance.random() < 0.1,
        lag=chance.choice((0, 0, 2, 30)),
    )
