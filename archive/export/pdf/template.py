"""What a report looks like: a small TOML file that a company writes once and keeps.

Every key may be left out. What it means is in docs/reports.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

from archive.errors import InvalidInput, StoreError
from archive.export.stamps import CORNERS, check_stamp

PER_PAGE = (1, 2, 4, 6, 9)
SECTIONS = ("none", "album", "location", "trade", "day", "month")
ORDERS = ("oldest", "newest", "given")
PAPERS = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "Letter": (215.9, 279.4)}  # mm
FIELDS = (
    "number",
    "taken",
    "description",
    "album",
    "location",
    "trades",
    "uploader",
    "uploaded",
    "filename",
    "position",
    "direction",
    "camera",
    "sha256",
    "uuid",
)
QR = ("", "uuid", "sha256")
KEPT = "reports"  # the folder of templates in an archive
LONGEST = 500  # characters of a text of a template
MOST_LINES = 12  # on the cover


@dataclass(frozen=True, slots=True)
class Template:
    """A report's looks.

    :param title: "": the project's name
    :param resolution: dots per inch of the printed photos; 0: as they are
    :param pairs: photos stand two by two, before and after
    :param qr: what a QR code beside each photo holds: ``uuid``, ``sha256``, or an
        address with ``{uuid}`` or ``{sha256}`` in it; "": there is none
    :param stamp: what is burned into the photos; "": nothing
    :param key_plan: pages that show where the photos were taken
    :param markups: what people drew on the photos stands on them, as vectors
    :param logo: a picture for the cover
    :param lines: further lines of the cover: contractor, client, contract number
    :param footer: at the foot of each page, beside the page's number
    """

    title: str = ""
    subtitle: str = ""
    per_page: int = 4
    sections: str = "none"
    order: str = "oldest"
    paper: str = "A4"
    landscape: bool = False
    fields: tuple[str, ...] = ("number", "taken", "description", "location")
    resolution: int = 200
    pairs: bool = False
    contents: bool = True
    cover: bool = True
    project_photo: bool = True
    logo: Path | None = None
    lines: tuple[str, ...] = ()
    made_by: bool = True
    footer: str = ""
    qr: str = ""
    stamp: str = ""
    stamp_corner: str = "bottom_left"
    key_plan: bool = False
    markups: bool = True
    language: str = "en"


def read_template(path: Path) -> Template:
    """Read a template from its file; a logo is looked for beside it.

    :raises StoreError: it cannot be read
    :raises InvalidInput: it is no TOML, or something in it cannot be
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(path, f"cannot be read: {error.strerror}") from error
    try:
        values = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"{path.name} is no TOML: {error}") from error
    try:
        found = template_from(values)
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error}") from error
    if found.logo is None:
        return found
    return replace(found, logo=path.parent / found.logo)


def kept_templates(folder: Path) -> list[str]:
    """Return the names of the templates that lie in an archive.

    :param folder: the archive's
    """
    return sorted(path.stem for path in (folder / KEPT).glob("*.toml"))


def kept_template(folder: Path, name: str) -> Template:
    """Return a template that lies in an archive; "" is the one of all defaults.

    :raises InvalidInput: there is none of that name, or it cannot be one
    :raises StoreError: it cannot be read
    """
    if not name:
        return Template()
    if name not in kept_templates(folder):
        raise InvalidInput(f"there is no template {name!r}")
    return read_template(folder / KEPT / f"{name}.toml")


def template_from(values: Mapping[str, Any], base: Template | None = None) -> Template:
    """Return a template of plain values, on top of another.

    :raises InvalidInput: an unknown key, or a value that cannot be
    """
    known = {field.name for field in fields(Template)}
    checked = {}
    for name, value in values.items():
        if name not in known:
            raise InvalidInput(f"a report has no {name!r}; it has {_listed(known)}")
        checked[name] = _CHECKS[name](name, value)
    return replace(base or Template(), **checked)


def _listed(names: Any) -> str:  # noqa: ANN401
    return ", ".join(sorted(map(str, names)))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InvalidInput(f"{name} is a text of at most {LONGEST} characters")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} is true or false")
    return value


def _one_of(*allowed: object) -> Callable[[str, object], Any]:
    def check(name: str, value: object) -> object:
        if value not in allowed or isinstance(value, bool):
            wanted = ", ".join(str(item) for item in allowed)
            raise InvalidInput(f"{name} is one of {wanted}, not {value!r}")
        return value

    return check


def _fields(name: str, value: object) -> tuple[str, ...]:
    known = isinstance(value, (list, tuple)) and all(one in FIELDS for one in value)
    if not known:
        raise InvalidInput(f"{name} is a list of some of {', '.join(FIELDS)}")
    return tuple(dict.fromkeys(cast("list[str]", value)))


def _resolution(name: str, value: object) -> int:
    if type(value) is not int or not (value == 0 or 50 <= value <= 1200):
        raise InvalidInput(f"{name} is 50 to 1200 dots per inch, or 0 for as they are")
    return value


def _logo(name: str, value: object) -> Path | None:
    text = _text(name, value)
    if "\0" in text:
        raise InvalidInput(f"{name} is the name of a picture")
    return Path(text) if text else None


def _lines(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_LINES:
        raise InvalidInput(f"{name} is a list of at most {MOST_LINES} texts")
    return tuple(_text(name, line) for line in value)


def _qr(name: str, value: object) -> str:
    text = _text(name, value)
    if text not in QR and "{uuid}" not in text and "{sha256}" not in text:
        raise InvalidInput(
            f"{name} is uuid, sha256, or an address with {{uuid}} or {{sha256}} in it"
        )
    return text


def _stamp(name: str, value: object) -> str:
    return check_stamp(_text(name, value))


def _language(name: str, value: object) -> str:
    from archive.export.pdf.words import languages

    return str(_one_of(*languages())(name, value))


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "title": _text,
    "subtitle": _text,
    "per_page": _one_of(*PER_PAGE),
    "sections": _one_of(*SECTIONS),
    "order": _one_of(*ORDERS),
    "paper": _one_of(*PAPERS),
    "landscape": _flag,
    "fields": _fields,
    "resolution": _resolution,
    "pairs": _flag,
    "contents": _flag,
    "cover": _flag,
    "project_photo": _flag,
    "logo": _logo,
    "lines": _lines,
    "made_by": _flag,
    "footer": _text,
    "qr": _qr,
    "stamp": _stamp,
    "stamp_corner": _one_of(*CORNERS),
    "key_plan": _flag,
    "markups": _flag,
    "language": _language,
}
