"""Bounded memory of sound: between PortAudio's thread and ours, and of the last seconds before attention opened."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..types import Samples


class Ring:
    """Float32 values on their way from one writing thread to one reading thread.

    Bounded: where the reader is too slow the oldest values go, and are counted.
    """

    def __init__(self, capacity: int) -> None:
        """capacity: values, of all channels together."""
        self._values = np.zeros(capacity, np.float32)
        self._start = 0  # where the oldest value stands
        self._count = 0
        self._dropped = 0
        self._wanted = 1  # the reader sleeps until there are so many
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._count

    def write(self, values: Samples) -> None:
        """values: shape (n,). Never waits for the reader."""
        capacity = len(self._values)
        kept = values[-capacity:]
        with self._changed:
            room = capacity - self._count
            lost = max(0, len(kept) - room)
            self._forget(lost)
            self._dropped += lost + len(values) - len(kept)
            self._put((self._start + self._count) % capacity, kept)
            self._count += len(kept)
            if self._count >= self._wanted:
                self._changed.notify()

    def read(self, minimum: int, timeout: float) -> Samples | None:
        """All there is once there are `minimum` values; None where there are fewer after `timeout` seconds.

        minimum: must not exceed the capacity
        """
        with self._changed:
            self._wanted = max(1, minimum)
            if not self._changed.wait_for(lambda: self._count >= self._wanted, timeout):
                return None
            taken = self._peek()
            self._forget(self._count)
            return taken

    def take_dropped(self) -> int:
        """Values lost since the last call."""
        with self._changed:
            dropped, self._dropped = self._dropped, 0
            return dropped

    def clear(self) -> None:
        """Forget what waits, without counting it as lost."""
        with self._changed:
            self._forget(self._count)

    def _put(self, at: int, values: Samples) -> None:
        first = min(len(values), len(self._values) - at)
        self._values[at : at + first] = values[:first]
        self._values[: len(values) - first] = values[first:]

    def _peek(self) -> Samples:
        first = min(self._count, len(self._values) - self._start)
        return np.concatenate((self._values[self._start : self._start + first], self._values[: self._count - first]))

    def _forget(self, count: int) -> None:
        self._start = (self._start + count) % len(self._values)
        self._count -= count
