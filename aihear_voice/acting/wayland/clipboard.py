"""What the ways to the clipboard of a Wayland session have in common: a text is lent, read, and taken away again."""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from ..clipboard_content import Content

CLIPBOARD, PRIMARY = "CLIPBOARD", "PRIMARY"

_PATIENCE_S = 5.0  # restoring that takes longer is stuck
_MANY = sys.maxsize


class Clipboard(ABC):
    """name: what carries it, for people; selections: CLIPBOARD and PRIMARY. Called from one thread.

    Clipboard managers read at once what is copied, which is not the window's reading: `managers_first_s` long we look
    for some the first time, `managers_s` later, and wait for those that are known to be there `managers_most_s`.
    """

    name: ClassVar[str]
    managers_first_s: ClassVar[float]
    managers_s: ClassVar[float]
    managers_most_s: ClassVar[float]

    def __init__(self) -> None:
        self._kept: dict[str, Content | None] = {}  # what the person had there before; None: nothing
        self._managers: int | None = None  # how often clipboard managers read each new content
        self._timer: threading.Timer | None = None

    @abstractmethod
    def lend(self, text: str, selections: Sequence[str]) -> None:
        """Put a text there for a while; what the person had is kept. Returns when clipboard managers have read it."""

    @abstractmethod
    def watch(self) -> None:
        """From now on, a read is the receipt. Raises DeviceError where the text is not there any more."""

    @abstractmethod
    def received(self, timeout: float) -> bool:
        """Whether somebody has read it since."""

    @abstractmethod
    def give_back(self, after_s: float) -> None:
        """Restore the person's content, `after_s` seconds from now or from the last read."""

    @abstractmethod
    def close(self) -> None:
        """Restore now. What is ours then stays, although this program ends."""

    @abstractmethod
    def _put(self, text: str) -> None:
        """On the clipboard, to stay there."""

    @abstractmethod
    def _restore(self) -> None:
        """What is kept is there again."""

    @abstractmethod
    def _reads(self) -> int:
        """How often what we own now was read."""

    @abstractmethod
    def _wait_for_reads(self, count: int, timeout: float) -> bool:
        """Whether there were so many in time."""

    def keep(self, text: str) -> None:
        """On the clipboard, for the person to paste. What had been lent elsewhere is restored."""
        self._stop_timer()
        self._kept.pop(CLIPBOARD, None)
        self._put(text)
        self._restore()

    def settle(self) -> None:
        """Restore now what is due."""
        if self._timer is not None:
            self._stop_timer()
            self._restore()

    def leave(self) -> None:
        """Let the lent text stay on the clipboard."""
        self._kept.clear()

    def _let_managers_read(self) -> None:
        known = self._managers
        patience = self.managers_first_s if known is None else self.managers_most_s if known else self.managers_s
        self._wait_for_reads(known or _MANY, patience)
        self._managers = self._reads()

    def _start_timer(self, delay: float, then: Callable[[], None]) -> None:
        self._timer = threading.Timer(delay, then)
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        while (timer := self._timer) is not None:
            timer.cancel()
            timer.join(_PATIENCE_S)  # it may be at work just now, and start another
            if self._timer is timer:
                self._timer = None
