"""Who was invited chooses a password, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugins.visitors import Visitor, change_person


def test_an_invitation_lets_somebody_in_once(
    come: Callable[..., Visitor], invited: str
) -> None:
    ada = come()
    page = ada.get(invited)
    assert page.status_code == 200
    assert "Ada Auditor" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert "store" in page.headers["cache-control"]
    fresh = "willow anchor brick"
    answer = ada.post(invited, {"new": fresh, "again": fresh})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tower-4")
    assert ada.get("/tower-4").status_code == 200
    again = come().get(invited)
    assert again.status_code == 404
    assert "Ada" not in again.text
    assert come().post(invited, {"new": fresh, "again": fresh}).status_code == 404
    assert come().log_in("ada", fresh).status_code == 303


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 100])
def test_a_wrong_invitation_tells_nothing(
    come: Callable[..., Visitor], token: str
) -> None:
    answer = come().get(f"/-/invitation/{token}")
    assert answer.status_code == 404
    assert "Tower" not in answer.text


def test_looking_at_an_invitation_does_not_use_it_up(
    come: Callable[..., Visitor], invited: str
) -> None:
    """Messengers look at links before people do."""
    for _ in range(3):
        come().get(invited)
    weak = come().post(invited, {"new": "short", "again": "short"})
    assert weak.status_code == 400
    assert "at least 15 characters" in weak.text
    fresh = "willow anchor brick"
    assert come().post(invited, {"new": fresh, "again": fresh}).status_code == 303


@pytest.mark.parametrize(("who", "status"), [("sam", 200), ("kim", 403), ("rae", 403)])
def test_only_admins_invite(
    come: Callable[..., Visitor], folder: Path, who: str, status: int
) -> None:
    change_person(folder, 4, login="ada")
    visitor = come()
    visitor.log_in(who)
    answer = visitor.post("/tower-4/-/people/4/invitation")
    assert answer.status_code == status
    if status == 200:
        link = answer.text.partition('id="link" value="')[2].partition('"')[0]
        assert link.startswith("http://192.168.1.5:8001/-/invitation/")
        assert come().get(link).status_code == 200
