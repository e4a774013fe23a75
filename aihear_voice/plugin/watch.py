"""Plugins are read anew when one of their files is saved: for their authors."""

from __future__ import annotations

import threading
from collections.abc import Callable

from . import loader

EVERY_S = 0.5


class PluginWatch:
    """changed: called in a thread of its own, once the files have been at rest for as long as between two looks."""

    def __init__(self, changed: Callable[[], None], every_s: float = EVERY_S) -> None:
        self._changed = changed
        self._every_s = every_s
        self._stopping = threading.Event()
        self._known = loader.state()
        self._thread = threading.Thread(target=self._watch, name="aihear-plugin-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _watch(self) -> None:
        before = self._known
        while not self._stopping.wait(self._every_s):
            now = loader.state()
            if now != self._known and now == before:
                self._known = now
                self._changed()
            before = now
