"""What a file says of itself (6.6), and which level it claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SCHEMAS = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://www.aiim.org/pdfa/ns/id/": "pdfaid",
}
# Of the XMP specification of 2005, as far as ours says it; and how the value is told
_KINDS = {
    "dc:title": "Alt",
    "dc:description": "Alt",
    "dc:creator": "Seq",
    "dc:language": "Bag",
    "xmp:CreatorTool": "",
    "xmp:CreateDate": "date",
    "xmp:ModifyDate": "date",
    "xmp:MetadataDate": "date",
    "pdf:Producer": "",
    "pdfaid:part": "",
    "pdfaid:conformance": "",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_PACKET = re.compile(rb'\A<\?xpacket begin="(?:\xef\xbb\xbf)?" id="[^"]*"\?>')


def claimed(pdf: pikepdf.Pdf) -> tuple[str, list[str]]:
    """Return the level that is claimed (A, U, B; "": none) and what is wrong."""
    stream = pdf.Root.get("/Metadata")
    if stream is None:
        return "", ["6.6.2.1: there is no XMP packet"]
    values: dict[str, str] = {}
    wrong = list(_looked(stream, values))
    level = values.get("pdfaid:conformance", "")
    if values.get("pdfaid:part") != "2" or level not in ("A", "B", "U"):
        wrong.append("6.6.4: it does not say that it is PDF/A-2")
    if "/Info" in pdf.trailer:
        wrong.append("6.6.3: the information dictionary may say otherwise; leave it")
    return level, wrong


def _looked(stream: Any, values: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the packet, and note what it says."""
    named = (stream.get("/Type"), stream.get("/Subtype"))
    if "/Filter" in stream or named != ("/Metadata", "/XML"):
        yield "6.6.2.1: the XMP packet is packed, or not named as one"
    data = stream.read_bytes()
    if not _PACKET.match(data) or b"<?xpacket end=" not in data[-100:]:
        yield "6.6.2.1: the packet's header has other than begin and id"
    try:
        root = ET.fromstring(data.decode("utf-8"))  # noqa: S314 - our own
    except (UnicodeDecodeError, ET.ParseError) as error:
        yield f"6.6.2.1: the packet is no XML in UTF-8: {error}"
        return
    for about in root.iter(f"{_RDF}Description"):
        for name, value in about.attrib.items():
            if not name.startswith(_RDF):
                values[_short(name)] = value
                yield from _property(_short(name), None, value)
        for element in about:
            name = _short(element.tag)
            values[name] = (element.text or "").strip()
            yield from _property(name, element, values[name])


def _short(name: str) -> str:
    space, _, local = name.removeprefix("{").partition("}")
    return f"{_SCHEMAS.get(space, space)}:{local}"


def _property(name: str, element: ET.Element | None, value: str) -> Iterator[str]:
    kind = _KINDS.get(name)
    if kind is None:
        yield f"6.6.2.3: {name} is of no schema that is known"
    elif kind == "date":
        if not _DATE.fullmatch(value):
            yield f"6.6.2.3: {name} is no date: {value}"
    elif kind:
        lists = [] if element is None else [one.tag for one in element]
        if lists != [f"{_RDF}{kind}"]:
            yield f"6.6.2.3: {name} is to be a list of the kind {kind}"
        elif element is not None and kind == "Alt":
            languages = [one.get(_LANG) for one in element[0]]
            if "x-default" not in languages:
                yield f"6.6.2.3: {name} has no text for every language"
    elif not value:
        yield f"6.6.2.3: {name} says nothing"
