"""Tones that are computed, not recorded."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 22_050  # Hz
_NOTES = (880.0, 1108.7, 1318.5)  # Hz: A5, C♯6, E6, a chord in a row
_NOTE_S = 0.18
_PAUSE_S = 0.5


@cache
def ring_tone() -> tuple[NDArray[np.float32], int]:
    """The alarm, once: float32 shape (n,), and its rate in Hz."""
    import numpy as np

    t = np.arange(round(_NOTE_S * RATE)) / RATE
    fade = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.01)  # no clicks
    notes = [0.4 * fade * np.sin(2 * np.pi * hertz * t) for hertz in _NOTES]
    return np.concatenate([*notes, np.zeros(round(_PAUSE_S * RATE))]).astype(np.float32), RATE
