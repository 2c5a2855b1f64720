"""What a browser calls itself, in the two words that tell one's own devices apart."""

from __future__ import annotations

import re

# The first that is found: those that also pretend to be others come before them.
_BROWSERS = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/|Opera": "Opera",
    r"SamsungBrowser/": "Samsung Internet",
    r"Firefox/|FxiOS/": "Firefox",
    r"Chrome/|CriOS/|Chromium/": "Chrome",
    r"Safari/": "Safari",
}
_SYSTEMS = {
    r"Android": "Android",
    r"iPhone|iPod": "iPhone",
    r"iPad": "iPad",
    r"Windows": "Windows",
    r"CrOS": "ChromeOS",
    r"Mac OS X|Macintosh": "macOS",
    r"Linux|X11": "Linux",
}


def browser_of(agent: str) -> str:
    """Return browser and system of a User-Agent header: ``Firefox, Android``."""
    known = [_first(_BROWSERS, agent), _first(_SYSTEMS, agent)]
    return ", ".join(name for name in known if name) or _plain(agent)


def _first(names: dict[str, str], agent: str) -> str:
    found = (name for pattern, name in names.items() if re.search(pattern, agent))
    return next(found, "")


def _plain(agent: str) -> str:
    """Return the first word of what no browser calls itself: ``curl/8.5``."""
    word = agent.partition(" ")[0]
    return "".join(c for c in word if c.isprintable())[:40]
