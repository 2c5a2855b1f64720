"""Each rule of the standard, and what breaks it once in a report that keeps to all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

Break = Callable[[Pdf], object]


# What is in the file


def _font(pdf: Pdf) -> Any:
    return next(iter(pdf.pages[0].obj.Resources.Font.values()))


def _below(pdf: Pdf) -> Any:
    return _font(pdf).DescendantFonts[0]


def _picture(pdf: Pdf) -> Any:
    return next(
        one
        for one in pdf.objects
        if isinstance(one, Stream) and one.get("/Subtype") == "/Image"
    )


def _link(pdf: Pdf) -> Any:
    return next(one for page in pdf.pages for one in page.obj.get("/Annots", []))


def _element(pdf: Pdf, kind: str) -> Any:
    return next(
        one
        for one in pdf.objects
        if isinstance(one, Dictionary) and one.get("/S") == f"/{kind}"
    )


def _xmp(old: bytes, new: bytes) -> Break:
    def change(pdf: Pdf) -> None:
        data = pdf.Root.Metadata.read_bytes()
        assert re.search(old, data)
        pdf.Root.Metadata.write(re.sub(old, new, data))

    return change


def _profile(at: int, new: bytes) -> Break:
    def change(pdf: Pdf) -> None:
        stream = pdf.Root.OutputIntents[0].DestOutputProfile
        data = stream.read_bytes()
        stream.write(data[:at] + new + data[at + len(new) :])

    return change


def _drawn(code: bytes) -> Break:
    def change(pdf: Pdf) -> None:
        pdf.pages[0].contents_add(code)

    return change


def _content(old: bytes, new: bytes) -> Break:
    def change(pdf: Pdf) -> None:
        page = pdf.pages[0].obj
        data = page.Contents.read_bytes()
        assert re.search(old, data)
        page.Contents = pdf.make_stream(re.sub(old, new, data, count=1))

    return change


def _set(find: Callable[[Pdf], Any], key: str, value: Any) -> Break:
    def change(pdf: Pdf) -> None:
        find(pdf)[key] = value(pdf) if callable(value) else value

    return change


def _without(find: Callable[[Pdf], Any], key: str) -> Break:
    def change(pdf: Pdf) -> None:
        del find(pdf)[key]

    return change


def _root(pdf: Pdf) -> Any:
    return pdf.Root


def _page(pdf: Pdf) -> Any:
    return pdf.pages[0].obj


def _graphics(**values: Any) -> Break:
    def change(pdf: Pdf) -> None:
        state = pdf.make_indirect(Dictionary(Type=Name.ExtGState, **values))
        pdf.pages[0].obj.Resources["/ExtGState"] = Dictionary(G1=state)

    return change


def _glyphs(pdf: Pdf) -> None:
    stream = _below(pdf).CIDToGIDMap
    stream.write(bytes(len(stream.read_bytes())))


def _wide(pdf: Pdf) -> None:
    below = _below(pdf)
    below.W, below.DW = Array(), 123


def _letters(text: bytes) -> Break:
    def change(pdf: Pdf) -> None:
        told = _font(pdf).ToUnicode
        data = re.sub(
            rb"(<[0-9A-F]{4}>) <[0-9A-F]+>", rb"\1 <" + text + b">", told.read_bytes()
        )
        told.write(data)

    return change


def _nested(pdf: Pdf) -> None:
    pdf.pages[0].contents_add(b"q " * 30 + b"Q " * 30)


def _attached(pdf: Pdf) -> None:
    pdf.attachments["a.txt"] = b"more"


def _orphan(pdf: Pdf) -> None:
    element = _element(pdf, "Figure")
    element.P = pdf.make_indirect(Dictionary(S=Name.Sect))


def _unparented(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTree.Nums = Array()


def _own_type(pdf: Pdf) -> None:
    _element(pdf, "Figure").S = Name.Photo


def _circle(pdf: Pdf) -> None:
    _own_type(pdf)
    pdf.Root.StructTreeRoot.RoleMap = Dictionary(Photo=Name.Shot, Shot=Name.Photo)


BROKEN: dict[str, tuple[str, Break]] = {
    "filter LZW": ("6.1.7.2", lambda pdf: _own_filter(pdf, Name.LZWDecode)),
    "another file": ("6.1.7.1", _set(_picture, "/F", String("photo.jpg"))),
    "long text": (
        "6.1.13",
        _set(lambda p: _element(p, "Figure"), "/Alt", String("x" * 32_768)),
    ),
    "long name": ("6.1.13", _set(_root, "/X", Name("/" + "x" * 128))),
    "large number": ("6.1.13", _set(_root, "/X", 2**31)),
    "small page": ("6.1.13", _set(_page, "/MediaBox", Array([0, 0, 2, 2]))),
    "deep": ("6.1.13", _nested),
    "no resources": ("6.2.2", _without(_page, "/Resources")),
    "no such picture": ("6.2.2", _drawn(b"/Artifact BMC /None Do EMC")),
    "no such operator": ("6.2.2", _drawn(b"/Artifact BMC 1 2 3 xy EMC")),
    "no intent": ("6.2.3", _without(_root, "/OutputIntents")),
    "intent without profile": (
        "6.2.3",
        _without(lambda pdf: pdf.Root.OutputIntents[0], "/DestOutputProfile"),
    ),
    "profile of a link": ("6.2.3", _profile(12, b"link")),
    "profile of CMYK": ("6.2.3", _profile(16, b"CMYK")),
    "profile of the future": ("6.2.4.2", _profile(8, b"\x05")),
    "profile that is none": ("6.2.4.2", _profile(36, b"none")),
    "picture in CMYK": ("6.2.4.3", _set(_picture, "/ColorSpace", Name.DeviceCMYK)),
    "letters in CMYK": ("6.2.2", _drawn(b"/Artifact BMC 0 0 0 1 k EMC")),
    "colours of a pattern": ("6.2.4", _drawn(b"/Artifact BMC /Pattern cs EMC")),
    "transfer function": ("6.2.5", _graphics(TR=Name.Identity)),
    "intent of rendering": ("6.2.6", _drawn(b"/Artifact BMC /Vivid ri EMC")),
    "smoothed": ("6.2.8.1", _set(_picture, "/Interpolate", True)),
    "other pictures": ("6.2.8.1", _set(_picture, "/Alternates", Array())),
    "masked": ("6.2.8.1", _set(_picture, "/SMask", _picture)),
    "grey that is colour": ("6.2.8.1", _set(_picture, "/ColorSpace", Name.DeviceGray)),
    "JPEG 2000": ("6.1.7.2", lambda pdf: _own_filter(pdf, Name.JPXDecode)),
    "a form": (
        "6.2.9",
        _set(
            _root,
            "/X",
            lambda p: p.make_stream(b"", Type=Name.XObject, Subtype=Name.Form),
        ),
    ),
    "seen through": ("6.2.10", _graphics(ca=0.5)),
    "blended": ("6.2.10", _graphics(BM=Name.Multiply)),
    "other fonts": ("6.2.11.3", _set(_font, "/Encoding", Name("/UniGB-UCS2-H"))),
    "font not embedded": (
        "6.2.11.4.1",
        _without(lambda p: _below(p).FontDescriptor, "/FontFile2"),
    ),
    "font that is none": (
        "6.2.11.2",
        lambda pdf: _below(pdf).FontDescriptor.FontFile2.write(b"no font"),
    ),
    "font of two names": ("6.2.11.2", _set(_below, "/BaseFont", Name.Arial)),
    "no map of glyphs": ("6.2.11.3.2", _without(_below, "/CIDToGIDMap")),
    "a set of glyphs": (
        "6.2.11.4.2",
        _set(
            lambda p: _below(p).FontDescriptor,
            "/CIDSet",
            lambda p: p.make_stream(b"\x80"),
        ),
    ),
    "no glyphs": ("6.2.11.8", _glyphs),
    "other widths": ("6.2.11.5", _wide),
    "no letters": ("6.2.11.7.2", _without(_font, "/ToUnicode")),
    "letters that are none": ("6.2.11.7.2", _letters(b"FEFF")),
    "letters of nobody": ("6.2.11.7.3", _letters(b"E001")),
    "a note": ("6.3.1", _set(_link, "/Subtype", Name.Text)),
    "not printed": ("6.3.2", _set(_link, "/F", 0)),
    "hidden": ("6.3.2", _set(_link, "/F", 6)),
    "a form to fill in": ("6.4", _set(_root, "/AcroForm", Dictionary(Fields=Array()))),
    "a script": (
        "6.5.1",
        _set(
            _link,
            "/A",
            Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String("app.alert(1)")),
        ),
    ),
    "a program": (
        "6.5.1",
        _set(_link, "/A", Dictionary(Type=Name.Action, S=Name.Launch)),
    ),
    "opened": ("6.5.1", _set(_root, "/OpenAction", Dictionary(S=Name.Named))),
    "by itself": ("6.5.2", _set(_page, "/AA", Dictionary())),
    "scripts by name": (
        "6.5.1",
        _set(_root, "/Names", Dictionary(JavaScript=Dictionary())),
    ),
    "no packet": ("6.6.2.1", _without(_root, "/Metadata")),
    "packet of bytes": ("6.6.2.1", _xmp(rb'(id="\w+")', rb'\1 bytes="9"')),
    "packet that is no XML": ("6.6.2.1", _xmp(rb"</rdf:RDF>", rb"")),
    "unknown property": ("6.6.2.3", _xmp(rb"dc:creator", rb"dc:writer")),
    "other kind of list": ("6.6.2.3", _xmp(rb"rdf:Seq", rb"rdf:Bag")),
    "no date": ("6.6.2.3", _xmp(rb"(<xmp:CreateDate[^>]*>)", rb"\1May ")),
    "part 3": ("6.6.4", _xmp(rb"(<pdfaid:part[^>]*>)2", rb"\g<1>3")),
    "level of nobody": ("6.6.4", _xmp(rb"(<pdfaid:conformance[^>]*>)A", rb"\1Z")),
    "not tagged": ("6.7.2.2", _without(_root, "/MarkInfo")),
    "no language": ("6.7.4", _without(_root, "/Lang")),
    "a language that is none": ("6.7.4", _set(_root, "/Lang", String("ein Text"))),
    "no tree": ("6.7.3.3", _without(_root, "/StructTreeRoot")),
    "own type": ("6.7.3.4", _own_type),
    "types in a circle": ("6.7.3.4", _circle),
    "headings that skip": ("6.7.3.4", _set(lambda p: _element(p, "H1"), "/S", Name.H3)),
    "figure without words": (
        "6.7.5",
        _without(lambda p: _element(p, "Figure"), "/Alt"),
    ),
    "figure nowhere": ("6.7.3", _without(lambda p: _element(p, "Figure"), "/A")),
    "element of another": ("6.7.3.3", _orphan),
    "no way back": ("6.7.3.3", _unparented),
    "untagged words": ("6.7.3.2", _drawn(b"0 0 9 9 re f")),
    "piece of no element": ("6.7.3.3", _drawn(b"/P <</MCID 99>> BDC 0 0 9 9 re f EMC")),
    "a piece twice": ("6.7.3.2", _content(rb"/MCID \d+", b"/MCID 1")),
    "link without words": ("6.7.8", _without(_link, "/Contents")),
    "a file": ("6.8", _attached),
    "layers": ("6.9", _set(_root, "/OCProperties", Dictionary())),
    "presentations": (
        "6.10",
        _set(_root, "/Names", Dictionary(AlternatePresentations=Dictionary())),
    ),
    "steps": ("6.10", _set(_page, "/PresSteps", Dictionary())),
    "requirements": ("6.11", _set(_root, "/Requirements", Array())),
    "permissions": ("6.1.12", _set(_root, "/Perms", Dictionary())),
}


def _own_filter(pdf: Pdf, name: Any) -> None:
    pdf.Root.X = pdf.make_stream(b"")
    pdf.Root.X.write(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", filter=name)


# How it is written

BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "before": ("6.1.2", lambda data: b" " + data),
    "no binary comment": (
        "6.1.2",
        lambda data: data.replace(b"%\xe2\xe3\xcf\xd3", b"%abcd", 1),
    ),
    "behind": ("6.1.3", lambda data: data + b"more"),
    "no ID": ("6.1.3", lambda data: data.replace(b"/ID", b"/IX")),
    "table": ("6.1.4", lambda data: data.replace(b"\nxref\n0 ", b"\nxref\n0  ")),
    "odd digits": (
        "6.1.6",
        lambda data: re.sub(rb"/Alt <FEFF00", b"/Alt <FEFF0 ", data),
    ),
    "length": (
        "6.1.7",
        lambda data: re.sub(rb"/Length (\d)", _one_more, data, count=1),
    ),
    "object": ("6.1.9", lambda data: re.sub(rb"(\d) 0 obj\n", rb"\1 0 obj ", data)),
    "packed packet": (
        "6.6.2.1",
        lambda data: data.replace(b"/Subtype /XML", b"/Filter []/Subtype /XML"),
    ),
    "end of object": ("6.1.9", lambda data: re.sub(rb">>\nendobj", b">> endobj", data)),
}


def _one_more(found: re.Match[bytes]) -> bytes:
    return b"/Length %d" % ((int(found[1]) + 1) % 10)
