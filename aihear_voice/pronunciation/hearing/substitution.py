"""What was said in place of a phone: every other phone, and silence, tried between its neighbours.

The borders are free to move, so that a sound that was replaced is not judged by the few frames that forced alignment
leaves it (alignment-free goodness, after Cao et al. 2024).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .acoustic import STATES
from .analysis import Analysis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_BESIDE = 6  # frames of silence or other sound that count where a phone has no neighbour
_LOW = -1e30


def substitutions(analysis: Analysis) -> Array:
    """Log likelihoods of the sound around each phone with each other in its place. Shape (phones, 40), as names."""
    import numpy as np

    names, states = analysis.sound.names, analysis.sound.states
    phones = [(names.index(name), span) for _, _, name, span in analysis.phones()]
    rows = []
    for index, (_, span) in enumerate(phones):
        before = phones[index - 1] if index and phones[index - 1][1].end == span.start else None
        after = phones[index + 1] if index + 1 < len(phones) and phones[index + 1][1].start == span.end else None
        start = before[1].start if before else max(0, span.start - _BESIDE)
        end = after[1].end if after else min(len(states), span.end + _BESIDE)
        silence = len(names) - 1
        left, right = before[0] if before else silence, after[0] if after else silence
        rows.append(_tried(states[start:end], left, right))
    return np.array(rows, np.float32)


def _tried(states: Array, left: int, right: int) -> Array:
    """left and right stand around each of the phones; frames are at least nine. Shape (40,)."""
    import numpy as np

    count = states.shape[1]
    here = np.empty((len(states), count, 3 * STATES))
    here[:, :, :STATES], here[:, :, 2 * STATES :] = states[:, None, left], states[:, None, right]
    here[:, :, STATES : 2 * STATES] = states
    score = np.full((count, 3 * STATES), _LOW)
    score[:, 0] = here[0, :, 0]
    for frame in here[1:]:
        score[:, 1:] = np.maximum(score[:, 1:], score[:, :-1])
        score = score + frame
    last: Array = score[:, -1]
    return last
