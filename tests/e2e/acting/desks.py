"""What tests of typing need alike on X11 and under Wayland.

changed()   the program's typist, with other settings
XDesk       an X server's screen, on which xdotool is the person's hand
SwayDesk    a Wayland session, with a keyboard of the person's own
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Protocol

import msgspec

from aihear_voice import settings
from aihear_voice.acting.typist import DesktopTypist

from ...rigs import Screen, need, wait_until
from ...wayland import Hand, SwaySession


def changed(**values: object) -> DesktopTypist:
    return DesktopTypist(msgspec.structs.replace(settings.load(env={}).typing, **values))


class Window(Protocol):
    def text(self) -> str: ...

    def wait_text(self, expected: str) -> str: ...

    def focus(self) -> None: ...


class Desk(Protocol):
    """A session of a person. Each window is focused when it opens."""

    def editor(self) -> Window: ...

    def other(self) -> Window: ...

    def deaf(self) -> None:
        """A window in which no key pastes."""

    def shell(self, line: Path) -> None:
        """A terminal with bash's line editor; the line that it reads goes into this file."""

    def type(self, text: str) -> None:
        """By hand, into the focused window."""

    def enter(self) -> None: ...

    def copy(self, text: str) -> None: ...

    def clear(self) -> None:
        """Nothing is on the clipboard."""

    def clipboard(self) -> str: ...


class XDesk:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._processes: list[subprocess.Popen[bytes]] = []

    def editor(self) -> Window:
        return self._screen.first

    def other(self) -> Window:
        return self._screen.window("other")

    def deaf(self) -> None:
        self._xterm("deaf", "-xrm", "*VT100.Translations: #override Shift <Key>Insert: ignore()")

    def shell(self, line: Path) -> None:
        self._xterm("shell", "-e", "bash", "--norc", "-c", f'export LANG=C.UTF-8; read -e l; echo "$l" > {line}')
        time.sleep(0.5)  # the line editor has to come up; nothing tells when

    def _xterm(self, title: str, *options: str) -> None:
        need("xterm")
        self._processes.append(subprocess.Popen(["xterm", "-T", title, "-u8", *options]))
        wait_until(lambda: self._screen.find(title), "the terminal opens")
        self._screen.xdotool("windowactivate", "--sync", self._screen.find(title))

    def type(self, text: str) -> None:
        self._screen.xdotool("type", text)

    def enter(self) -> None:
        self._screen.xdotool("key", "Return")

    def copy(self, text: str) -> None:
        self._screen.copy(text)

    def clear(self) -> None:
        self._screen.copy("")

    def clipboard(self) -> str:
        return self._screen.clipboard()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(10)


class SwayDesk:
    def __init__(self, session: SwaySession, hand: Hand) -> None:
        self._session = session
        self._hand = hand

    def editor(self) -> Window:
        return self._session.editor()

    def other(self) -> Window:
        return self._session.foot("other")

    def deaf(self) -> None:
        self._session.foot("deaf", "-o", "key-bindings.clipboard-paste=none")

    def shell(self, line: Path) -> None:
        self._session.shell(line)

    def type(self, text: str) -> None:
        self._hand.type(text)

    def enter(self) -> None:
        self._hand.press("enter")

    def copy(self, text: str) -> None:
        self._session.copy(text)

    def clear(self) -> None:
        subprocess.run(["wl-copy", "--clear"], check=True, timeout=10)

    def clipboard(self) -> str:
        return self._session.clipboard()
