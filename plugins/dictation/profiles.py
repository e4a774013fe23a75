"""How text is written in which application: profiles.toml, and the person's own before it."""

from __future__ import annotations

import fnmatch
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from aihear_voice.plugin import PluginError

_CHOICES = {
    "full_stop": ("keep", "drop", "later"),
    "line": ("enter", "shift+enter"),
    "style": ("", "snake", "camel", "pascal", "kebab", "constant", "dot", "flat"),
    "numbers": ("heard", "figures", "ten_up"),
    "times": ("heard", "24h", "12h"),
    "currencies": ("heard", "sign"),
    "dates": ("heard", "iso", "numeric"),
}
_BASE = "text"  # where no other fits


@dataclass(frozen=True)
class Profile:
    """What profiles.toml says of an application."""

    name: str
    apps: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    capitals: bool = True
    full_stop: str = "keep"
    line: str = "enter"
    breaks: bool = True
    plain: bool = False
    signs: bool = False
    style: str = ""
    numbers: str = "heard"
    times: str = "heard"
    currencies: str = "heard"
    dates: str = "heard"


def choose(app: str, title: str, own: Mapping[str, Any], wanted: str = "") -> Profile:
    """For a window. own: the person's profiles; wanted: the name of one for all windows. Raises PluginError."""
    shipped, browsers = _shipped()
    known = dict(_own(own, shipped)) | {name: profile for name, profile in shipped.items() if name not in own}
    if wanted:
        if wanted not in known:
            raise _fault("profile", f"there is no profile {wanted}; known: {', '.join(known)}")
        return known[wanted]
    in_browser = _is(app, browsers)
    for profile in known.values():
        if _is(app, profile.apps) or (in_browser and any(_says(title, words) for words in profile.titles)):
            return profile
    return known[_BASE]


def _is(app: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(app.casefold(), pattern.casefold()) for pattern in patterns)


def _says(title: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", title, re.IGNORECASE) is not None


@functools.cache
def _shipped() -> tuple[dict[str, Profile], tuple[str, ...]]:
    data = tomllib.loads((Path(__file__).parent / "profiles.toml").read_text(encoding="utf-8"))
    base = _made(_BASE, data["profiles"][_BASE], Profile(_BASE))
    found = {name: _made(name, table, base) for name, table in data["profiles"].items()}
    return found, tuple(data["browsers"])


def _own(tables: Mapping[str, Any], shipped: Mapping[str, Profile]) -> Iterator[tuple[str, Profile]]:
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise _fault(name, "it must be a table, as in profiles.toml")
        changes = dict(table)
        # A person who writes [plugin.dictation.profiles.chat] changes ours, its applications included.
        like = changes.pop("like", name if name in shipped else _BASE)
        if like not in shipped:
            raise _fault(name, f"like = {like!r} must be one of {', '.join(shipped)}")
        base = shipped[like] if like == name else replace(shipped[like], apps=(), titles=())
        yield name, _made(name, changes, base)


def _made(name: str, table: Mapping[str, Any], base: Profile) -> Profile:
    known = {field.name: getattr(base, field.name) for field in fields(Profile) if field.name != "name"}
    for key, value in table.items():
        if key not in known:
            raise _fault(name, f"unknown key {key}")
        is_list = isinstance(known[key], tuple)
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value) if is_list else True
        if not fits or (not is_list and type(value) is not type(known[key])):
            raise _fault(name, f"{key} must be {'a list of texts' if is_list else type(known[key]).__name__}")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise _fault(name, f"{key} must be one of {', '.join(map(repr, _CHOICES[key]))}")
        known[key] = tuple(value) if is_list else value
    return Profile(name, **known)


def _fault(name: str, message: str) -> PluginError:
    return PluginError(f"plugin.dictation.profiles.{name}: {message}", "bad_setting", "mend your settings")
