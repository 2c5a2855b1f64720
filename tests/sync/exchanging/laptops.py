"""Archives in memory that tell each other, without a stick in between."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from archive import remotes
from archive.batches import batch
from archive.comments import add_comment
from archive.markup_shapes import Shape
from archive.markups import (
    Markup,
    add_markup,
    delete_markup,
    edit_markup,
    list_markups,
)
from archive.sites import begin_site
from sync.exchanging.exporting import Stick, _Choice, _held, _records
from sync.exchanging.holding import carry_out, look_again
from sync.exchanging.importing import Taken, _take_lines
from sync.exchanging.linking import project_of
from sync.exchanging.taking import taking
from sync.records import Kind
from tests.sync.both_stores import InDatabase
from tests.sync.simulator.archive import PROJECT


class Laptop(InDatabase):
    """One that is nobody's copy, until it is ``copied``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._be_another()

    def _be_another(self) -> None:
        self.connection.execute("begin")
        self.site = begin_site(self.connection)
        self.connection.execute("commit")

    def copied(self, folder: Path) -> Laptop:
        """A copy of its folder, on another laptop."""
        other = Laptop(folder)
        self.connection.backup(other.connection)
        other._be_another()
        return other

    def link(self) -> Laptop:
        """Link it with a remote."""
        link = {"url": "x", "company": PROJECT.company, "project": PROJECT.project}
        with batch(self.connection, self.sam):
            remotes.set_link(self.connection, self.sam, link)
        assert project_of(self.connection) == PROJECT
        return self

    def tell(self) -> tuple[str, int, list[dict[str, Any]]]:
        """All that it would write to an empty stick."""
        with taking(self.archive, self.sam) as one:
            seq = one.clock
        what = _Choice(self.archive, self.site, 0, Stick((), {}))
        lines = [*_records(what, Counter()), *_held(what)]
        return self.site, seq, json.loads(json.dumps(lines))

    def hear(
        self, told: tuple[str, int, list[dict[str, Any]]], *, is_linked: bool = True
    ) -> Taken:
        """Take in what another told, that is linked with the remote or not."""
        site, seq, lines = told
        taken = Taken(Path(), "", "taken")
        with taking(self.archive, self.sam, by=(site, seq), is_linked=is_linked) as one:
            carry_out(one)
            _take_lines(one, lines, taken)
            look_again(one, everywhere=True)
        return taken

    def decide(self, choice: str, other: str | None = None) -> None:
        (conflict,) = self.conflicts()
        with batch(self.connection, self.sam) as made:
            remotes.decide(
                *(self.connection, self.sam, made, conflict.key),
                choice=choice,
                other=other,
            )
        with taking(self.archive, self.sam) as one:
            carry_out(one)

    def conflicts(self) -> list[Any]:
        return remotes.list_conflicts(self.connection)

    def comment(self, uuid: str, body: str) -> None:
        with batch(self.connection, self.sam) as made:
            number = self.number("photos", uuid) or 0
            add_comment(self.connection, self.sam, made, number, body)

    def draw(self, uuid: str, shape: Shape) -> str:
        """Draw on a photo. Returns the markup's uuid."""
        number = self.photo(uuid)
        with batch(self.connection, self.sam) as made:
            self.connection.execute(
                """
                update originals set width = 400, height = 300
                where id = (select original_id from photos where id = ?)
                """,
                (number,),
            )
            drawn = add_markup(self.connection, self.sam, made, number, shape)
        found: str = self.connection.execute(
            "select uuid from markups where id = ?", (drawn,)
        ).fetchone()[0]
        return found

    def redraw(self, markup: str, **changes: Any) -> None:
        with batch(self.connection, self.sam) as made:
            number = self.number("markups", markup) or 0
            edit_markup(self.connection, self.sam, made, number, changes)

    def erase(self, markup: str) -> None:
        with batch(self.connection, self.sam):
            number = self.number("markups", markup) or 0
            delete_markup(self.connection, self.sam, number)

    def purge(self, uuid: str) -> None:
        sha256 = self.connection.execute(
            """
            select o.sha256 from photos p join originals o on o.id = p.original_id
            where p.uuid = ?
            """,
            (uuid,),
        ).fetchone()
        if sha256:
            file = self.archive.originals / sha256[0][:2] / f"{sha256[0]}.jpg"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"a picture")
        super().purge(uuid)

    def markups(self, uuid: str) -> list[Markup]:
        """What is drawn on a photo."""
        number = self.photo(uuid)
        return list_markups(self.connection, [number]).get(number, [])

    def value(self, uuid: str, name: str, table: str = "photos") -> Any:
        row = self.connection.execute(
            f"select {name} from {table} where uuid = ?", (uuid,)
        ).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        with suppress(Exception):
            self.connection.close()


def meet(*laptops: Laptop, rounds: int = 2) -> None:
    """Let everybody hear everybody."""
    for _ in range(rounds):
        for one in laptops:
            for other in laptops:
                if other is not one:
                    one.hear(other.tell())


PHOTO = Kind.PHOTO
