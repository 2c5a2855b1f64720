"""The text fields of IPTC-IIM 4.2 that a photo page shows."""

from __future__ import annotations

from archive.facts.model import Detail
from archive.facts.texts import clean, decode

MOST_FIELDS = 500
_NAMES = {5: "title", 80: "artist", 105: "headline", 116: "copyright", 120: "caption"}
_KEYWORD = 25


def read_iptc(block: bytes) -> dict[str, Detail]:
    """Caption, title, headline, artist, copyright and keywords ("a; b").

    Damage ends the reading; what came before it stays.
    """
    found: dict[str, Detail] = {}
    keywords: list[str] = []
    at = 0
    for _ in range(MOST_FIELDS):
        if at + 5 > len(block) or block[at] != 0x1C:
            break
        record, field = block[at + 1], block[at + 2]
        length = block[at + 3] << 8 | block[at + 4]
        if length & 0x8000:  # extended: longer than any of these texts may be
            break
        value = block[at + 5 : at + 5 + length]
        at += 5 + length
        if record == 2 and field == _KEYWORD:
            keywords.append(decode(value))
        elif record == 2 and field in _NAMES and value:
            found.setdefault(_NAMES[field], decode(value))
    if keywords:
        found["keywords"] = clean("; ".join(word for word in keywords if word))
    return {name: value for name, value in found.items() if value}
