"""What our own loudspeaker plays: told by the player, read by the echo guard.

Times are seconds of the monotonic clock; the guard finds out where they lie on the microphone's clock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT = 16  # passages; older ones cannot be in the air any more


@dataclass(slots=True, eq=False)
class Passage:
    """One sound that is played, usually a sentence.

    samples: float32 mono 16 kHz, at the level that is played
    text: what is said, "" for a tone
    start: when its first sample was handed to the loudspeaker
    played: how many samples were handed over so far; what lies beyond may never be heard
    """

    samples: NDArray[np.float32]
    text: str
    start: float
    played: int = 0
    over: bool = field(default=False)

    @property
    def end(self) -> float:
        """When the last of its samples was, or will be, handed over."""
        return self.start + (self.played if self.over else len(self.samples)) / SAMPLE_RATE


class Reference:
    """The passages played last. Written by the player's callback, read by the loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._passages: deque[Passage] = deque(maxlen=KEPT)

    def begin(self, samples: NDArray[np.float32], text: str = "") -> Passage:
        """The first block of a sound goes to the loudspeaker now. samples: 16 kHz."""
        passage = Passage(samples, text, self.clock())
        with self._lock:
            self._passages.append(passage)
        return passage

    def passages(self) -> tuple[Passage, ...]:
        """In the order of playing."""
        with self._lock:
            return tuple(self._passages)
