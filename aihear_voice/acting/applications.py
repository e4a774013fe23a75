"""Installed applications by the names that their menus show: desktop entries, macOS bundles, the start menu.

Format: the freedesktop.org Desktop Entry Specification 1.5.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_FIELD_CODE = re.compile(r"%[fFuUdDnNickvm]")
_TERMINALS = ("x-terminal-emulator", "gnome-terminal", "konsole", "xfce4-terminal", "kitty", "alacritty", "xterm")


@dataclass(frozen=True, slots=True)
class Application:
    """names: as menus show them, in all languages, and its command, normalised; argv: how it is started.

    shown: the name in English, or of the command where a menu shows none
    """

    names: frozenset[str]
    argv: tuple[str, ...]
    shown: str = ""


def find(name: str) -> list[str] | None:
    """The argument list; None where no application, or more than one, has that name: never a guess.

    Commands that are no applications are not found: "open reboot" must start nothing.
    """
    wanted = normal_name(name)
    if not wanted:
        return None
    if sys.platform == "darwin":
        return _on_mac(name)
    applications = list(_in_start_menu() if sys.platform == "win32" else _desktop_entries())
    exact = {app.argv for app in applications if wanted in app.names}
    if exact:
        return list(min(exact))  # one program may have several entries, for its windows and its modes
    words = set(wanted.split())
    holding = {app.argv for app in applications if any(words <= set(known.split()) for known in app.names)}
    return list(holding.pop()) if len(holding) == 1 else None


_LOOK_EVERY_S = 5.0
_known: tuple[float, object, Mapping[str, str]] = (-_LOOK_EVERY_S, None, {})


def names() -> Mapping[str, str]:
    """What installed applications are called, and the name that `find` knows each by; the same object until one of the
    menu's folders changes. Nothing on macOS, where an application is found by its own name only.
    """
    global _known
    looked, state, found = _known
    if time.monotonic() - looked < _LOOK_EVERY_S:
        return found
    now = tuple((str(folder), _changed(folder)) for folder in _folders()) if sys.platform.startswith("linux") else ()
    if now != state:
        found = {}
        for application in _desktop_entries() if now else ():
            for name in (application.shown, *sorted(application.names)):
                if len(name) > 1:
                    found.setdefault(name, application.shown)
    _known = (time.monotonic(), now, found)
    return found


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def normal_name(name: str) -> str:
    """Small letters and digits of any script, words parted by single spaces; accents do not count."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _desktop_entries() -> Iterator[Application]:
    seen: set[str] = set()
    for folder in _folders():
        for path in sorted(folder.rglob("*.desktop")):
            identity = str(path.relative_to(folder)).replace(os.sep, "-")
            if identity not in seen:  # the person's own entry hides the system's
                seen.add(identity)
                application = read_entry(path)
                if application is not None:
                    yield application


def _folders() -> list[Path]:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    system = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    flatpak = ["/var/lib/flatpak/exports/share", f"{home}/flatpak/exports/share"]
    found = dict.fromkeys([home, *system.split(":"), *flatpak, "/var/lib/snapd/desktop"])
    return [Path(folder) / "applications" for folder in found if folder]


def read_entry(path: Path) -> Application | None:
    """None for what no menu shows, or cannot start."""
    try:
        fields = _main_group(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    if fields.get("Type") != "Application" or "true" in (fields.get("Hidden"), fields.get("NoDisplay")):
        return None
    argv = command_line(fields.get("Exec", ""))
    if fields.get("Terminal") == "true":
        argv = _in_terminal(argv)
    if not argv or not shutil.which(fields.get("TryExec") or argv[0]):
        return None
    shown = [value for key, value in fields.items() if key.partition("[")[0] in ("Name", "GenericName")]
    commands = [Path(argv[0]).name, path.stem.rpartition(".")[2]]
    plain = normal_name(fields.get("Name", "")) or normal_name(commands[0])
    return Application(frozenset(normal_name(name) for name in (*shown, *commands)), tuple(argv), plain)


def _main_group(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == "[Desktop Entry]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            fields.setdefault(key.strip(), value.strip())
    return fields


def command_line(value: str) -> list[str]:
    """The value of Exec without the places for files; [] where it is no command."""
    try:
        parts = shlex.split(value.replace("\\\\", "\\"))
    except ValueError:
        return []
    bare = (_FIELD_CODE.sub("", part).replace("%%", "%") if part != "%%" else "%" for part in parts)
    return [part for part in bare if part]


def _in_terminal(argv: list[str]) -> list[str]:
    terminal = next((name for name in _TERMINALS if shutil.which(name)), None)
    return [terminal, "-e", *argv] if terminal else []


def _on_mac(name: str) -> list[str] | None:
    known = subprocess.run(["open", "-Ra", name], capture_output=True, check=False).returncode == 0
    return ["open", "-a", name] if known else None


def _in_start_menu() -> Iterator[Application]:
    for variable in ("APPDATA", "PROGRAMDATA"):
        menu = Path(os.environ.get(variable, "")) / "Microsoft/Windows/Start Menu/Programs"
        for link in sorted(menu.rglob("*.lnk")):
            yield Application(frozenset({normal_name(link.stem)}), ("explorer", str(link)))
