"""Goodness of pronunciation: how well each stretch of sound fits its phone, beside all other phones.

After Witt and Young (2000): the score of the wanted phone less that of the best one, a frame; here in several
readings of it, for none is best for every phone (Hu et al. 2015 use posteriors and their ratios).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..hearing.analysis import Analysis
from ..hearing.forced_alignment import Span
from ..hearing.posteriors import log_normal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

FLATTEN = 0.1  # Gaussians are far too sure of themselves: segment scores a frame are weighed with this much a frame

NAMES = (
    "fit below best", "phone below best", "posterior", "log posterior", "highest posterior", "middle posterior",
    "segment below best", "segment posterior", "rank", "free row agrees", "free phones", "fit spread",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Goodness:
    """values: shape (phones, len(NAMES)); others: log posterior of each phone as the whole segment, shape (phones, 40);
    mean_log: mean log posterior a frame, shape (phones, 40)"""

    values: Array
    others: Array
    mean_log: Array


def goodness(analysis: Analysis) -> Goodness:
    import numpy as np

    free = _free_numbers(analysis)
    phones = list(analysis.phones())
    values = np.zeros((len(phones), len(NAMES)), np.float32)
    others = np.zeros((len(phones), len(analysis.sound.names)), np.float32)
    mean_log = np.zeros_like(others)
    phone_best = analysis.sound.states.max(axis=2)
    for index, (_, _, name, span) in enumerate(phones):
        number = analysis.sound.names.index(name)
        cut = slice(span.start, span.end)
        segment = segment_scores(analysis.sound.states[cut])
        others[index] = log_normal(segment * FLATTEN)
        mean_log[index] = np.maximum(analysis.sound.posteriors[cut], -12).mean(axis=0)
        values[index] = _values(analysis, number, span, phone_best, segment, others[index], free)
    return Goodness(values, others, mean_log)


def _values(
    analysis: Analysis, number: int, span: Span, phone_best: Array, segment: Array, normal: Array,
    free: NDArray[np.int64],
) -> tuple[float, ...]:  # fmt: skip
    import numpy as np

    cut = slice(span.start, span.end)
    posterior = np.exp(analysis.sound.posteriors[cut, number])
    third = max(1, span.frames // 3)
    fit = analysis.fit[cut] - analysis.sound.top[cut]
    rivals = np.delete(segment, number)
    return (
        float(fit.mean()),
        float((phone_best[cut, number] - analysis.sound.top[cut]).mean()),
        float(posterior.mean()),
        float(np.maximum(analysis.sound.posteriors[cut, number], -12).mean()),
        float(posterior.max()),
        float(posterior[third : max(third + 1, span.frames - third)].mean()),
        float((segment[number] - rivals.max()) / span.frames),
        float(normal[number]),
        float((segment > segment[number]).sum()),
        float((free[cut] == number).mean()),
        float(len(np.flatnonzero(np.diff(free[cut]))) + 1),
        float(fit.std()),
    )


def segment_scores(states: Array) -> Array:
    """Of each phone as the whole of a segment: its three states in order. states: shape (frames, 40, 3)."""
    import numpy as np

    score = np.full(states.shape[1:], -1e30)
    score[:, 0] = states[0, :, 0]
    for frame in states[1:]:
        score[:, 1:] = np.maximum(score[:, 1:], score[:, :-1])
        score = score + frame
    last: Array = score[:, -1].astype(np.float32)
    return last


def _free_numbers(analysis: Analysis) -> NDArray[np.int64]:
    import numpy as np

    numbers = np.zeros(analysis.sound.frames, np.int64)
    for number, span in analysis.sound.free:
        numbers[span.start : span.end] = number
    return numbers
