"""Whether the person touched keyboard or mouse since a moment: a compositor tells that, and nothing else of it.

Taking back in a terminal is done blindly, so it must be known that nothing was typed since.
"""

from __future__ import annotations

import time
from typing import Any

from .wire import Connection, Thing

_AT_ONCE_MS = 1  # of rest, after which each touch is told
_TOLD_S = 0.25  # where rest is told later than that, there was something in between, or the compositor takes its time
_INPUT_ONLY = 2  # the version since which a film that plays does not count as a touch


class Rest:
    """ext-idle-notify-v1, or KDE's protocol before it."""

    def __init__(self, connection: Connection, seat: Thing | None) -> None:
        self._connection = connection
        self._seat = seat
        self._notifier = connection.bind("ext_idle_notifier_v1", _INPUT_ONLY)
        self._older = connection.bind("org_kde_kwin_idle", 1) if self._notifier is None else None
        self._watch: Thing | None = None
        self._since = 0.0
        self._resting = self._touched = False

    def begin(self) -> None:
        """From now on. Keys that programs press count, too: it is begun after them."""
        with self._connection.news:
            if self._watch is not None:
                self._watch.destroy("destroy" if self._notifier is not None else "release")
                self._watch = None
            self._resting, self._touched, self._since = False, False, time.monotonic()
            if self._notifier is not None:
                self._watch = self._connection.make("ext_idle_notification_v1", self._event)
                request = "get_input_idle_notification" if self._input_only() else "get_idle_notification"
                self._notifier.ask(request, self._watch, _AT_ONCE_MS, self._seat)
            elif self._older is not None:
                self._watch = self._connection.make("org_kde_kwin_idle_timeout", self._event)
                self._older.ask("get_idle_timeout", self._watch, self._seat, _AT_ONCE_MS)

    def undisturbed(self) -> bool:
        """Nothing was touched since `begin`; False where nobody tells."""
        if self._watch is None:
            return False
        self._connection.roundtrip()
        left = self._since + _TOLD_S - time.monotonic()
        self._connection.wait(lambda: self._resting or self._touched, max(0.0, left))  # it may have begun just now
        return self._resting and not self._touched

    def _input_only(self) -> bool:
        return self._connection.globals["ext_idle_notifier_v1"][1] >= _INPUT_ONLY

    # In the connection's thread

    def _event(self, event: str, *arguments: Any) -> None:
        if event == "resumed":
            self._touched = True
        elif not self._touched:
            self._resting = time.monotonic() - self._since < _TOLD_S
