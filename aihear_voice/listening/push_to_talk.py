"""Push-to-talk: what a key's downs and ups mean (KeySwitch), and where they come from (KeyListener)."""

from __future__ import annotations

from typing import Literal

from ..settings import PushToTalkSettings
from .keys import KeyListener

__all__ = ["Action", "KeyListener", "KeySwitch"]

Action = Literal["start", "stop", "cancel"]

_MODIFIERS = ("ctrl", "shift", "alt", "cmd")


class KeySwitch:
    """Turns one key's events into actions. Pure: the caller brings the times (monotonic seconds).

    A press shorter than debounce_s is none. A release that is followed by a press within release_grace_s is
    X11's auto-repeat, or a worn switch, and is none either. Where the key is a modifier, another key pressed
    with it makes a chord (Ctrl+C): what the press had started is cancelled.

    hold: on while pressed; toggle: a press switches on, the next off; both: a tap toggles, holding holds
    """

    def __init__(self, settings: PushToTalkSettings, key: str) -> None:
        self._settings = settings
        self._key = key
        self._modifier = key.lower().startswith(_MODIFIERS)
        self._actions: list[Action] = []
        self._press: float | None = None  # seen, not yet settled
        self._release: float | None = None  # seen, not yet settled
        self._down_since: float | None = None  # settled
        self._chord = False  # the press under way turned out to be one
        self._on = False
        self._began = False  # the press under way switched on

    def feed(self, name: str, down: bool, at: float) -> None:
        """An event of any key, in order of time."""
        self._settle(at)
        if name != self._key:
            self._another_key(down)
        elif down:
            self._key_down(at)
        else:
            self._key_up(at)

    def poll(self, now: float) -> list[Action]:
        """What has settled since the last call."""
        self._settle(now)
        actions, self._actions = self._actions, []
        return actions

    def ended(self) -> None:
        """Something else ended it (the cap, "cancel"): the next press starts anew."""
        self._on = self._began = False

    def _key_down(self, at: float) -> None:
        if self._release is not None:
            self._release = None
        elif self._down_since is None and self._press is None:
            self._press = at
            self._chord = False

    def _key_up(self, at: float) -> None:
        if self._press is not None:
            self._press = None
        elif self._down_since is not None:
            self._release = at

    def _another_key(self, down: bool) -> None:
        pressed = self._press is not None or self._down_since is not None
        if not (down and pressed and self._modifier) or self._chord:
            return
        self._chord = True
        if self._began:
            self._switch(False, "cancel")

    def _settle(self, now: float) -> None:
        if self._press is not None and now - self._press >= self._settings.debounce_s:
            self._down_since, self._press = self._press, None
            self._pressed()
        if self._release is not None and now - self._release >= self._settings.release_grace_s:
            assert self._down_since is not None
            held = self._release - self._down_since
            self._down_since = self._release = None
            self._released(held)

    def _pressed(self) -> None:
        self._began = not self._on and not self._chord
        if self._began:
            self._switch(True, "start")
        elif self._on and not self._modifier:
            self._switch(False, "stop")

    def _released(self, held: float) -> None:
        """A modifier switches off only now: until its release, the press may become a chord."""
        began, self._began = self._began, False
        if not self._on or self._chord:
            return
        mode = self._settings.mode
        stays = began and (mode == "toggle" or (mode == "both" and held < self._settings.tap_s))
        if not stays:
            self._switch(False, "stop")

    def _switch(self, on: bool, action: Action) -> None:
        self._on = on
        self._actions.append(action)
