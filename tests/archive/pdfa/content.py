"""What stands on the pages: operators, colours, and which letters are written (6.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

# ISO 32000-1, annex A
_NAMES = """
    b B b* B* BDC BMC BT c cm CS cs d Do DP EMC ET f F f* G g gs h i j J l m M MP n q Q
    re RG rg ri S s SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y
    ' "
"""
_OPERATORS = frozenset(_NAMES.split())
_PAINTS = "b B b* B* Do f F f* S s sh Tj TJ ' \""
_PAINTING = frozenset(_PAINTS.split())
_SHOWING = frozenset(("Tj", "TJ", "'", '"'))
_INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual"}
_INTENTS |= {"/Saturation"}
_DEEPEST = 28  # 6.1.13: q within q


@dataclass
class Drawn:
    """What is drawn.

    :param codes: that are written with each font, by the font's number in the file
    :param marks: numbers of the pieces of each page that belong to the structure
    """

    problems: list[str] = field(default_factory=list)
    codes: dict[tuple[int, int], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )
    marks: list[set[int]] = field(default_factory=list)


@dataclass
class _State:
    """Where a page's operators are: how deep, and with which font.

    :param kept: fonts that come back with each Q
    """

    kept: list[tuple[int, int] | None] = field(default_factory=list)
    open: list[bool] = field(default_factory=list)
    font: tuple[int, int] | None = None
    marks: set[int] = field(default_factory=set)


def look(pdf: pikepdf.Pdf) -> Drawn:
    """Look at all that is drawn on the pages."""
    drawn = Drawn()
    for number, page in enumerate(pdf.pages, 1):
        state = _State()
        if "/Resources" not in page.obj:
            drawn.problems.append(f"6.2.2: page {number} has no resources of its own")
        resources = page.obj.get("/Resources", pikepdf.Dictionary())
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            drawn.problems += (
                f"{one} (page {number})"
                for one in _operator(name, list(operands), resources, state)
            )
            if name in _SHOWING and state.font:
                drawn.codes[state.font] |= set(_codes(operands[-1]))
        if state.kept or state.open:
            drawn.problems.append(f"6.2.2: page {number} ends in the middle")
        drawn.marks.append(state.marks)
    return drawn


def _operator(
    name: str, operands: list[Any], resources: Any, state: _State
) -> Iterator[str]:
    if name not in _OPERATORS:
        yield f"6.2.2: {name} is no operator that we have a use for"
    elif name in "qQ":
        yield from _kept(name, state)
    elif name in ("BDC", "BMC", "EMC"):
        yield from _piece(name, operands, state)
    elif name in _PAINTING and len(state.open) != 1:
        yield "6.7.3.2: something is neither of the structure nor an artifact"
    elif name == "ri" and str(operands[0]) not in _INTENTS:
        yield "6.2.6: a rendering intent that is none"
    elif name in ("cs", "CS") and str(operands[0]) not in ("/DeviceRGB", "/DeviceGray"):
        yield f"6.2.4: colours of {operands[0]}"
    yield from _named(name, operands, resources, state)


def _kept(name: str, state: _State) -> Iterator[str]:
    if name == "q":
        state.kept.append(state.font)
    elif state.kept:
        state.font = state.kept.pop()
    else:
        yield "6.2.2: a Q without its q"
    if len(state.kept) > _DEEPEST:
        yield "6.1.13: q and Q are nested too deep"


def _piece(name: str, operands: list[Any], state: _State) -> Iterator[str]:
    if name != "EMC":
        state.open.append(True)
        yield from _marked(operands, state)
    elif state.open:
        state.open.pop()
    else:
        yield "6.7.3.2: a piece ends that did not begin"


def _marked(operands: list[Any], state: _State) -> Iterator[str]:
    properties = operands[1] if len(operands) > 1 else {}
    if not isinstance(properties, pikepdf.Dictionary) or "/MCID" not in properties:
        if str(operands[0]) != "/Artifact":
            yield "6.7.3.2: a piece has no number, and is no artifact"
        return
    number = int(properties.MCID)
    if number in state.marks:
        yield "6.7.3.2: two pieces of one number"
    state.marks.add(number)


def _named(
    name: str, operands: list[Any], resources: Any, state: _State
) -> Iterator[str]:
    """Yield what is named and not there; note the font."""
    kinds = {"Do": "/XObject", "gs": "/ExtGState", "Tf": "/Font", "sh": "/Shading"}
    if name not in kinds:
        return
    found = resources.get(kinds[name], {}).get(str(operands[0]))
    if found is None:
        yield f"6.2.2: {operands[0]} is not among the resources"
    elif name == "Tf":
        state.font = found.objgen


def _codes(shown: Any) -> Iterator[int]:
    """Yield the codes of two bytes each that a string, or a list of some, has."""
    for one in shown if isinstance(shown, pikepdf.Array) else [shown]:
        if isinstance(one, pikepdf.String):
            raw = bytes(one)
            yield from (int.from_bytes(raw[n : n + 2]) for n in range(0, len(raw), 2))
