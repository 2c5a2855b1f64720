"""What is said when there is no token."""

from __future__ import annotations

from typing import Any


def error(answer: Any) -> tuple[int, str]:
    """Return the status and the code of an error, which is always JSON."""
    body = answer.json()
    assert set(body) == {"error", "error_description"} or set(body) == {"error"}
    assert "no-store" in answer.headers["cache-control"]
    return answer.status_code, body["error"]
