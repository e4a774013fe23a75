"""Keys pressed through the desktop portal (RemoteDesktop), which GNOME and KDE have: the person allows it once."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable

from ... import paths
from ...errors import DeviceError
from ...portal import Portal
from ..keys import MODIFIERS, Chord, keysym
from .keyboard import SYNC_EVERY

_KEYBOARD, _POINTER = 1, 2  # of the portal's device types
_UNTIL_REVOKED = 2  # of its persist modes
_PATIENCE_S = 600.0  # the person reads the desktop's question in their own time
_WAIT_S = 3.0  # that is how long a text waits for the answer; then it is on the clipboard
_VERTICAL = 0
_SPACING_S = 0.008  # each key travels through three programs
_RELEASED, _PRESSED = 0, 1


class PortalKeyboard:
    """No text is typed on it: desktops differ in what they do with characters that no key has. It is pasted.

    The person's held modifiers mix with these keys, and nobody tells which they are.
    """

    name = "the desktop's portal"

    def __init__(self, key_delay_s: float) -> None:
        """Raises DeviceError where this session has no such portal. The person is asked in the background."""
        self._key_delay_s = max(key_delay_s, _SPACING_S)
        self._portal = Portal("RemoteDesktop")
        self._session = ""
        self._refusal: DeviceError | None = None
        self._answered = threading.Event()
        threading.Thread(target=self._ask, name="portal", daemon=True).start()

    def can_write(self, text: str) -> bool:
        return not text.strip("\n")

    def write(self, text: str, left: Callable[[], bool]) -> str:
        """Returns what was typed: shorter than `text` where the focus `left`."""
        return text[: self.chord(Chord((), "enter"), len(text), left)]

    def chord(self, chord: Chord, times: int, left: Callable[[], bool]) -> int:
        """How often it was pressed before the focus `left`. Raises DeviceError, also where the person said no."""
        self._wait()
        keysyms = [keysym(name) for name in (*chord.modifiers, chord.key)]
        for index in range(times):
            if index % SYNC_EVERY == 0 and left():
                return index
            self._strike(keysyms)
        return times

    def release(self) -> None:
        """Nothing is pressed any more."""
        if self._session:
            for key in MODIFIERS.values():
                self._press(key.keysym, _RELEASED)

    def scroll(self, steps: int) -> None:
        """Positive is up."""
        self._wait()
        self._portal.call("NotifyPointerAxisDiscrete", "oa{sv}ui", (self._session, {}, _VERTICAL, -steps))

    def _strike(self, keysyms: list[int]) -> None:
        """Whatever happens, nothing stays pressed."""
        pressed: list[int] = []
        try:
            for keysym in keysyms:
                pressed.append(keysym)
                self._press(keysym, _PRESSED)
        finally:
            for keysym in reversed(pressed):
                self._press(keysym, _RELEASED)
        time.sleep(self._key_delay_s)

    def _press(self, keysym: int, state: int) -> None:
        self._portal.call("NotifyKeyboardKeysym", "oa{sv}iu", (self._session, {}, keysym, state))

    def _wait(self) -> None:
        if not self._answered.wait(_WAIT_S):
            hint = "say yes to the desktop's question, and try again"
            raise DeviceError("the desktop asks whether this program may press keys", "not_allowed", hint)
        if self._refusal is not None:
            raise self._refusal

    # In a thread of its own, until it is answered

    def _ask(self) -> None:
        try:
            session = self._portal.session()
            remembered = _remembered()
            wanted = {"types": ("u", _KEYBOARD | _POINTER), "persist_mode": ("u", _UNTIL_REVOKED)}
            token = {"restore_token": ("s", remembered)} if remembered else {}
            self._portal.request("SelectDevices", "oa{sv}", (session, {**wanted, **token}), _PATIENCE_S)
            answer = self._portal.request("Start", "osa{sv}", (session, "", {}), _PATIENCE_S)
            if not answer.get("devices", 0) & _KEYBOARD:
                raise DeviceError("the desktop gave no keyboard", "not_allowed", "allow it when asked, and start again")
            _remember(answer.get("restore_token", ""))
            self._session = session
        except DeviceError as error:
            self._refusal = error
        finally:
            self._answered.set()


def _remembered() -> str:
    """What the desktop knows an earlier yes by. Each serves once."""
    with contextlib.suppress(OSError):
        return paths.state("portal.token").read_text(encoding="utf-8")
    return ""


def _remember(token: str) -> None:
    path = paths.state("portal.token")
    with contextlib.suppress(OSError):  # then the person is asked again
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(token)
