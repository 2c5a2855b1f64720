"""The objects of a file: limits, filters, colours, pictures, annotations, actions."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from typing import Any

import pikepdf

_FILTERS = {"/FlateDecode", "/DCTDecode", "/ASCIIHexDecode", "/ASCII85Decode"}
_FILTERS |= {"/RunLengthDecode", "/CCITTFaxDecode"}
_PROFILES = {1: b"GRAY", 3: b"RGB "}
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")
# 6.5.1: what a report has no use for is no better than what is forbidden
_ACTIONS = ("/GoTo",)
_IN_CATALOG = {
    "/AA": "6.5.2: something happens by itself",
    "/OpenAction": "6.5.1: something happens when it is opened",
    "/AcroForm": "6.4: a form",
    "/OCProperties": "6.9: layers",
    "/Perms": "6.1.12: permissions",
    "/Requirements": "6.11: requirements",
    "/NeedsRendering": "6.4.2: a form of XML",
    "/Collection": "6.8: files in it",
    "/AF": "6.8: files in it",
}
_IN_NAMES = {
    "/EmbeddedFiles": "6.8: files in it",
    "/JavaScript": "6.5.1: scripts",
    "/AlternatePresentations": "6.10: other presentations",
}
_HIDDEN = 1 | 2 | 32 | 256  # invisible, hidden, not viewed, toggled
_PRINTED = 4
_NAME = 127  # 6.1.13, like the next ones
_STRING = 32_767
_WHOLE = 2**31
_SIDES = (3, 14_400)


def problems(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield what is wrong with the objects of a file."""
    yield from _trailer(pdf)
    for one in pdf.objects:
        for inner in _walk(one):
            yield from _limits(inner)
            if isinstance(inner, pikepdf.Dictionary | pikepdf.Stream):
                yield from _dictionary(inner)
    for number, page in enumerate(pdf.pages, 1):
        yield from (f"{text} (page {number})" for text in _page(page.obj, pdf))


def _walk(one: Any) -> Iterator[Any]:
    """Yield an object and what is in it, but for what it refers to."""
    yield one
    if isinstance(one, pikepdf.Array):
        inside = list(one)
    elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        yield from (pikepdf.Name(key) for key in one.keys())  # noqa: SIM118
        inside = [value for _, value in one.items()]
    else:
        return
    for inner in inside:
        if not getattr(inner, "is_indirect", False):
            yield from _walk(inner)


def _limits(one: Any) -> Iterator[str]:
    if isinstance(one, pikepdf.String) and len(bytes(one)) > _STRING:
        yield "6.1.13: a text is too long"
    elif isinstance(one, pikepdf.Name):
        raw = str(one).encode("utf-8", "surrogateescape")
        if len(raw) - 1 > _NAME:
            yield "6.1.13: a name is too long"
    elif isinstance(one, int | decimal.Decimal | float) and abs(one) >= _WHOLE:
        yield "6.1.13: a number is too large"


def _trailer(pdf: pikepdf.Pdf) -> Iterator[str]:
    ids = pdf.trailer.get("/ID")
    if ids is None or len(ids) != 2 or not all(len(bytes(one)) for one in ids):
        yield "6.1.3: the file has no ID"
    if pdf.is_encrypted:
        yield "6.1.3: the file is encrypted"
    root = pdf.Root
    yield from (text for name, text in _IN_CATALOG.items() if name in root)
    names = root.get("/Names", {})
    yield from (text for name, text in _IN_NAMES.items() if name in names)
    yield from _intents(root.get("/OutputIntents", []))


def _intents(intents: Any) -> Iterator[str]:
    ours = [one for one in intents if one.get("/S") == "/GTS_PDFA1"]
    if len(ours) != 1:
        yield "6.2.3: it does not say whose colours it means"
        return
    profile = ours[0].get("/DestOutputProfile")
    if not isinstance(profile, pikepdf.Stream):
        yield "6.2.3: there is no profile of the colours that it means"
        return
    data = profile.read_bytes()
    if data[12:16] not in (b"mntr", b"prtr") or data[16:20] != b"RGB ":
        yield "6.2.3: the profile is none of a screen or printer"
    yield from _profile(profile)


def _profile(stream: Any) -> Iterator[str]:
    """Yield what is wrong with a colour profile (6.2.4.2)."""
    data, count = stream.read_bytes(), int(stream.get("/N", 0))
    fits = (
        len(data) >= 128
        and int.from_bytes(data[:4]) == len(data)
        and data[36:40] == b"acsp"
        and data[8] <= 4
        and data[12:16] in _CLASSES
        and data[16:20] == _PROFILES.get(count)
    )
    if not fits:
        yield "6.2.4.2: a colour profile that is none, or of other colours"


def _dictionary(one: Any) -> Iterator[str]:
    if isinstance(one, pikepdf.Stream):
        yield from _stream(one)
        if one.get("/Subtype") == "/Image":
            yield from _image(one)
        elif one.get("/Type") == "/XObject":
            yield "6.2.9: a form, which nobody looks into here"
    if "/EF" in one or one.get("/Type") == "/EmbeddedFile":
        yield "6.8: a file in it"
    if one.get("/Type") == "/Annot" or "/Rect" in one:
        yield from _annotation(one)
    if str(one.get("/Type", "")) == "/Action" or "/JS" in one:
        yield from _action(one)
    if one.get("/Type") == "/ExtGState":
        yield from _graphics(one)


def _stream(one: Any) -> Iterator[str]:
    filters = one.get("/Filter", pikepdf.Array())
    for name in filters if isinstance(filters, pikepdf.Array) else [filters]:
        if str(name) not in _FILTERS:
            yield f"6.1.7.2: packed by {name}"
    if any(name in one for name in ("/F", "/FFilter", "/FDecodeParms")):
        yield "6.1.7.1: a stream that lies in another file"


def _image(one: Any) -> Iterator[str]:
    for name in ("/Alternates", "/OPI", "/SMask", "/SMaskInData", "/Measure"):
        if name in one:
            yield f"6.2.8.1: a picture with {name}"
    if bool(one.get("/Interpolate", False)):
        yield "6.2.8.1: a picture that is smoothed"
    if bool(one.get("/ImageMask", False)):
        return
    colours = one.get("/ColorSpace")
    if isinstance(colours, pikepdf.Array) and str(colours[0]) == "/ICCBased":
        yield from _profile(colours[1])
        count = int(colours[1].get("/N", 0))
    else:
        count = {"/DeviceRGB": 3, "/DeviceGray": 1}.get(str(colours), 0)
    if not count:
        yield f"6.2.4.3: a picture in {colours}, which the file does not mean"
    if (
        one.get("/Filter") == "/DCTDecode"
        and _components(one.read_raw_bytes()) != count
    ):
        yield "6.2.8.1: a JPEG of other colours than it is told to have"


def _components(data: bytes) -> int:
    """Return how many colours a JPEG has (ITU-T T.81, B.2.2); 0: it is none."""
    at = 2
    while at + 10 < len(data) and data[at] == 0xFF:
        if data[at + 1] in (0xC0, 0xC1, 0xC2):
            return data[at + 9] if data[at + 4] == 8 else 0
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0


def _graphics(one: Any) -> Iterator[str]:
    if "/TR" in one or "/HTP" in one or one.get("/TR2", "/Default") != "/Default":
        yield "6.2.5: a transfer function, or a phase of halftones"
    opaque = str(one.get("/SMask", "/None")) == "/None"
    opaque = opaque and str(one.get("/BM", "/Normal")) in ("/Normal", "/Compatible")
    if not opaque or any(float(one.get(name, 1)) != 1 for name in ("/ca", "/CA")):
        yield "6.2.10: something is seen through"


def _annotation(one: Any) -> Iterator[str]:
    if one.get("/Subtype") != "/Link":
        yield f"6.3.1: an annotation {one.get('/Subtype')}, which ours do without"
    flags = int(one.get("/F", 0))
    if not flags & _PRINTED or flags & _HIDDEN:
        yield "6.3.2: an annotation that is not printed"
    if "/AA" in one:
        yield "6.5.2: something happens by itself"
    if not str(one.get("/Contents", "")).strip():
        yield "6.7.8: a link that says nothing to who does not see it"


def _action(one: Any) -> Iterator[str]:
    if str(one.get("/S")) not in _ACTIONS or "/JS" in one:
        yield f"6.5.1: an action {one.get('/S')}"


def _page(page: Any, pdf: pikepdf.Pdf) -> Iterator[str]:
    if "/AA" in page:
        yield "6.5.2: something happens by itself"
    if "/PresSteps" in page:
        yield "6.10: other presentations"
    box = [float(side) for side in page.get("/MediaBox", [0, 0, 0, 0])]
    sides = (box[2] - box[0], box[3] - box[1])
    if not all(_SIDES[0] <= side <= _SIDES[1] for side in sides):
        yield "6.1.13: a page of a size that is none"
    group = page.get("/Group")
    if group is not None and "/CS" in group and str(group.CS) != "/DeviceRGB":
        yield "6.2.10: colours are mixed in others than the file means"
    if "/OutputIntents" not in pdf.Root and group is not None and "/CS" not in group:
        yield "6.2.10: it is not said in which colours is mixed"
