"""Music and video players over D-Bus, in their own language (MPRIS 2), by whichever program can speak on the bus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

Call = Callable[[Sequence[str]], str | None]  # an argument list to what it printed; None where that failed

_METHODS = {
    "play": "Play", "pause": "Pause", "play_pause": "PlayPause", "next_track": "Next", "previous_track": "Previous",
    "stop": "Stop",
}  # fmt: skip
_NAME = re.compile(r"org\.mpris\.MediaPlayer2\.[\w.-]+")
_PATH, _PLAYER = "/org/mpris/MediaPlayer2", "org.mpris.MediaPlayer2.Player"
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_PROPERTIES = "org.freedesktop.DBus.Properties"
# In what gdbus prints: 'xesam:title': <'A song'>, 'xesam:artist': <['Somebody']>
_PRINTED = r"""'xesam:%s': <\[?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""


def ask(call: Call, action: str) -> bool:
    """Of the player that plays, else of the first. False where there is none, or nothing to ask it with."""
    name = _chosen(call)
    return name is not None and _on_bus(call, name, _PATH, _PLAYER, _METHODS[action]) is not None


def playing(call: Call) -> tuple[str, str] | None:
    """Title and artist ("" where it has none); None where nothing plays."""
    name = _chosen(call)
    printed = _property(call, name, "Metadata") if name is not None else None
    if not printed:
        return None
    title, artist = _of_json(printed) if printed.lstrip().startswith("{") else _of_gdbus(printed)
    return (title, artist) if title else None


def _chosen(call: Call) -> str | None:
    names = list(dict.fromkeys(_NAME.findall(_on_bus(call, *_BUS, "ListNames") or "")))
    states = {name: _property(call, name, "PlaybackStatus") or "" for name in names}
    return next((name for word in ("Playing", "Paused", "") for name in names if word in states[name]), None)


def _on_bus(call: Call, name: str, path: str, interface: str, method: str) -> str | None:
    printed = call(["busctl", "--user", "--json=short", "call", name, path, interface, method])
    if printed is not None:
        return printed
    return call(
        ["gdbus", "call", "--session", "--dest", name, "--object-path", path, "--method", f"{interface}.{method}"]
    )


def _property(call: Call, name: str, what: str) -> str | None:
    printed = call(["busctl", "--user", "--json=short", "get-property", name, _PATH, _PLAYER, what])
    if printed is not None:
        return printed
    get = f"{_PROPERTIES}.Get"
    return call(["gdbus", "call", "--session", "--dest", name, "--object-path", _PATH, "--method", get, _PLAYER, what])


def _of_json(printed: str) -> tuple[str, str]:
    """busctl: {"type": "a{sv}", "data": {"xesam:title": {"type": "s", "data": "A song"}}}"""
    try:
        data = json.loads(printed)["data"]
        title, artists = (data.get(f"xesam:{key}", {}).get("data", "") for key in ("title", "artist"))
    except (ValueError, KeyError, AttributeError):
        return "", ""
    return str(title), ", ".join(artists) if isinstance(artists, list) else str(artists)


def _of_gdbus(printed: str) -> tuple[str, str]:
    found = (re.search(_PRINTED % key, printed) for key in ("title", "artist"))
    title, artist = ((hit[1] or hit[2] or "") if hit else "" for hit in found)
    return title, artist
