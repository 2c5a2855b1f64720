"""SQL in what is asked for: it is refused, or it is a word that nothing bears."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from archive.search.language import FILTERS
from plugins.api import params
from plugins.api.endpoints import ENDPOINTS
from plugins.api.errors import ApiError
from plugins.api.params import Param
from tests.plugins.api.conftest import Program

SQL = (
    "'",
    '"',
    "2026-05-11' or '1'='1",
    "2026-05-11') or 1=1 --",
    "2026-05-11T00:00:00Z' union select 1,2,3 --",
    "1) or 1=1 --",
    "1; drop table photos",
    "1 or 1=1",
    "true' or 'a'='a",
    "360' or 1=1 --",
    "*) or photos_fts match (crane",
)
_GIVEN = [(point, one) for point in ENDPOINTS for one in point.params]
# What takes any text: it is looked for as it stands
WORDS = {
    f"{point.path} {one.name}": (point.path, one.name)
    for point, one in _GIVEN
    if one.kind in (params.TEXT, params.TEXTS)
}
OTHERS = {
    one.name: one for _, one in _GIVEN if one.kind not in (params.TEXT, params.TEXTS)
}


@pytest.mark.parametrize("param", OTHERS.values(), ids=OTHERS)
def test_what_is_no_text_is_refused_before_it_is_asked_for(param: Param) -> None:
    for text in SQL:
        for ends in (text, f"{text}...{text}", f"2026-05-11...{text}"):
            with pytest.raises(ApiError) as refused:
                params.read([param], {param.name: [ends]})
            assert refused.value.status == 400


@pytest.mark.parametrize(("path", "name"), WORDS.values(), ids=WORDS)
def test_words_are_looked_for_as_they_stand(
    program: Callable[[str], Program], path: str, name: str
) -> None:
    asker = program("admin")
    where = re.sub(r"\{[^}]*\}", str(asker.project), path)
    for text in SQL:
        answer = asker.get(f"{where}?{urlencode({name: text})}")
        assert answer.status_code in {200, 400}
        assert answer.status_code == 400 or answer.json() == []


@pytest.mark.parametrize("name", ["", *FILTERS])
def test_so_does_a_search_of_the_pages(site: Any, name: str) -> None:
    for text in SQL:
        said = f'{name}:"{text.replace(chr(34), "")}"' if name else text
        asked = urlencode({"q": said, "sort": text, "after": text})
        answer = site.get(f"/tower-4.json?{asked}", "admin")
        assert answer.status_code in {200, 400}
        assert answer.status_code == 400 or answer.json()["total"] == 0
