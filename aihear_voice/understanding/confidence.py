"""How probable it is that a sentence which was misheard means what it was read as.

Measured: see LEARNT. Where the probability is below types.SURE, the person is asked; below LIKELY, nothing was
understood.
"""

from __future__ import annotations

from bisect import bisect_right

LIKELY = 0.6
LEARNT = ((0.0, 0.0), (0.6, 0.3), (0.7, 0.6), (0.8, 0.75), (0.9, 0.9), (1.0, 0.99))


def of_score(score: float) -> float:
    """score: of tolerant.Reading, 0–1"""
    right = min(max(bisect_right([at for at, _ in LEARNT], score), 1), len(LEARNT) - 1)
    (low, below), (high, above) = LEARNT[right - 1], LEARNT[right]
    share = (min(max(score, low), high) - low) / (high - low)
    return round(below + share * (above - below), 3)
