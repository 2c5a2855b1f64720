"""The structure for who does not see the pages (6.7): of level A alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from tests.archive.pdfa.content import Drawn

# ISO 32000-1, 14.8.4
_TYPES = """
    Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private
    P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot
    Span Quote Note Reference BibEntry Code Link Annot Ruby Warichu RB RT RP WT WP
    Figure Formula Form
"""
_STANDARD = frozenset(_TYPES.split())
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass
class _Tree:
    """What the structure tree holds.

    :param owners: elements by the pieces of pages that are theirs
    :param links: elements by the numbers of the annotations that are theirs
    """

    problems: list[str] = field(default_factory=list)
    owners: dict[tuple[tuple[int, int], int], tuple[int, int]] = field(
        default_factory=dict
    )
    links: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    headings: list[int] = field(default_factory=list)


def problems(pdf: pikepdf.Pdf, drawn: Drawn) -> list[str]:
    """Return what is wrong with the structure."""
    root = pdf.Root
    found = []
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)):
        found.append("6.7.2.2: it does not say that it is tagged")
    if not _LANGUAGE.fullmatch(str(root.get("/Lang", ""))):
        found.append("6.7.4: its language is not named")
    top = root.get("/StructTreeRoot")
    if top is None:
        return [*found, "6.7.3.3: there is no structure tree"]
    roles = {str(k): str(v) for k, v in top.get("/RoleMap", {}).items()}
    tree = _Tree()
    for kid in _kids(top):
        _walk(kid, top, roles, tree)
    found += tree.problems
    found += _headings(tree.headings)
    found += _parents(pdf, top, tree)
    found += _marks(pdf, drawn, tree)
    return found


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _walk(element: Any, parent: Any, roles: dict[str, str], tree: _Tree) -> None:
    kind = _role(str(element.get("/S", "")), roles)
    if kind not in _STANDARD:
        tree.problems.append(f"6.7.3.4: {kind or 'an element'} is no standard type")
    if element.get("/P") is None or element.P.objgen != parent.objgen:
        tree.problems.append(f"6.7.3.3: a {kind} does not name what it is in")
    if "/Lang" in element and not _LANGUAGE.fullmatch(str(element.Lang)):
        tree.problems.append(f"6.7.4: a {kind} has a language that is none")
    said = str(element.get("/Alt", "")) + str(element.get("/ActualText", ""))
    if kind in ("Figure", "Formula") and not said.strip():
        tree.problems.append("6.7.5: a figure has no description")
    if kind == "Figure" and "/BBox" not in element.get("/A", {}):
        tree.problems.append("6.7.3: a figure does not say where it is")
    if re.fullmatch(r"H[1-6]", kind):
        tree.headings.append(int(kind[1]))
    for kid in _kids(element):
        _own(element, kid, roles, tree)


def _role(kind: str, roles: dict[str, str]) -> str:
    """Return the standard type that one stands for; "": it leads in a circle."""
    seen = set()
    while kind in roles:
        if kind in seen:
            return ""
        seen.add(kind)
        kind = roles[kind]
    return kind.removeprefix("/")


def _own(element: Any, kid: Any, roles: dict[str, str], tree: _Tree) -> None:
    if not isinstance(kid, pikepdf.Dictionary):  # a number: of the element's own page
        tree.owners[element.Pg.objgen, int(kid)] = element.objgen
    elif kid.get("/Type") == "/MCR":
        place = kid.Pg.objgen, int(kid.MCID)
        if place in tree.owners:
            tree.problems.append("6.7.3.3: a piece of a page has two owners")
        tree.owners[place] = element.objgen
    elif kid.get("/Type") == "/OBJR":
        tree.links[kid.Obj.objgen] = element.objgen
    else:
        _walk(kid, element, roles, tree)


def _headings(levels: list[int]) -> Iterator[str]:
    before = 0
    for level in levels:
        if level > before + 1:
            yield f"6.7.3.4: a heading of level {level} follows one of level {before}"
        before = level


def _parents(pdf: pikepdf.Pdf, top: Any, tree: _Tree) -> Iterator[str]:
    """Yield where the parent tree, by which a reader goes back, says otherwise."""
    nums = list(top.get("/ParentTree", {}).get("/Nums", []))
    parents = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
    if parents and int(top.get("/ParentTreeNextKey", 0)) <= max(parents):
        yield "6.7.3.3: the next key of the parent tree is taken"
    for page in pdf.pages:
        own = parents.get(int(page.obj.get("/StructParents", -1)), [])
        told = {n: one.objgen for n, one in enumerate(own) if one is not None}
        had = {mark: o for (p, mark), o in tree.owners.items() if p == page.obj.objgen}
        if told != had:
            yield "6.7.3.3: the parent tree tells other owners of a page's pieces"
        for note in page.obj.get("/Annots", []):
            element = parents.get(int(note.get("/StructParent", -1)))
            if element is None or tree.links.get(note.objgen) != element.objgen:
                yield "6.7.3.3: an annotation is in no element"
            elif str(element.S) != "/Link":
                yield "6.7.3.4: a link is in another element than a Link"


def _marks(pdf: pikepdf.Pdf, drawn: Drawn, tree: _Tree) -> Iterator[str]:
    for number, page in enumerate(pdf.pages):
        owned = {mark for (p, mark) in tree.owners if p == page.obj.objgen}
        if owned != drawn.marks[number]:
            yield f"6.7.3.3: pieces of page {number + 1} are in no element, or missing"
