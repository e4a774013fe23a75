"""The person's keys, as inputs of the session: push-to-talk, dictation, mute."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator

import msgspec

from .listening.global_keys import open_keys
from .listening.push_to_talk import KeySwitch
from .messages import Input, Key, Trigger
from .settings import Settings


class Hotkeys:
    """`poll` gives what they mean by now; owned by the loop thread."""

    def __init__(self, settings: Settings) -> None:
        """Raises DeviceError without a screen, SettingsError for an unknown key."""
        ptt = settings.push_to_talk
        self._ptt = ptt
        # Each press of the mute key changes over, however long it is: it is a switch that toggles.
        toggling = msgspec.structs.replace(ptt, mode="toggle")
        self._switches: dict[str, KeySwitch] = {key: KeySwitch(ptt, key) for key in (ptt.key, ptt.dictate_key) if key}
        self._mute = KeySwitch(toggling, ptt.mute_key) if ptt.mute_key else None
        self._events: queue.SimpleQueue[tuple[str, bool, float]] = queue.SimpleQueue()
        roles = {"talk": ptt.key, "dictate": ptt.dictate_key, "mute": ptt.mute_key}
        self._listener = open_keys(
            {role: key for role, key in roles.items() if key}, lambda *event: self._events.put(event)
        )
        self._listener.start()

    def poll(self) -> list[Input]:
        while not self._events.empty():
            event = self._events.get()
            for switch in (*self._switches.values(), *filter(None, [self._mute])):
                switch.feed(*event)
        now = time.monotonic()
        inputs: list[Input] = [
            Key(action, key, key == self._ptt.dictate_key)
            for key, switch in self._switches.items()
            for action in switch.poll(now)
        ]
        if self._mute is not None:
            inputs += [Trigger("mute_toggle") for action in self._mute.poll(now) if action != "cancel"]
        return inputs

    def follow(self, is_open: bool) -> None:
        """An utterance may end in another way than by its key; the next tap then starts a new one."""
        if not is_open:
            for switch in self._switches.values():
                switch.ended()

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """While the program itself types, its keys are not the person's."""
        self._listener.pause()
        try:
            yield
        finally:
            self._listener.resume()

    def stop(self) -> None:
        self._listener.stop()
