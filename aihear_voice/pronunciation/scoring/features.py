"""What the trees see of each phone: its goodness, its length, its neighbours, its word and the whole recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..hearing.analysis import Analysis
from ..text.phones import VOWELS
from .goodness import Goodness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_KEY = (0, 1, 2, 3, 6, 7, 9)  # of goodness.NAMES: what is also looked at around a phone
_AROUND = (-2, -1, 1, 2)


def phone_features(analysis: Analysis, good: Goodness, stresses: Array) -> Array:
    """Shape (phones, features). stresses: of each phone in the dictionary (0-2; -1 for consonants)."""
    import numpy as np

    lengths = _lengths(analysis)
    blocks = [
        good.values,
        good.others,
        good.mean_log,
        _identity(analysis),
        _place(analysis, stresses),
        lengths,
        _spectrum(analysis),
        _neighbours(good.values[:, _KEY]),
        _neighbours(lengths),
        _word(analysis, good.values[:, _KEY]),
        _whole(analysis, good.values, lengths),
    ]
    return np.hstack(blocks).astype(np.float32)


def _identity(analysis: Analysis) -> Array:
    """Which phone it is, and which stand beside it (their kinds)."""
    import numpy as np

    numbers = np.array([analysis.sound.names.index(name) for _, _, name, _ in analysis.phones()])
    one = np.eye(len(analysis.sound.names) - 1, dtype=np.float32)[numbers]
    kinds = np.array([_kind(analysis.sound.names[number]) for number in numbers])
    return np.hstack([one, kinds[:, None], _shifted(kinds[:, None], -1), _shifted(kinds[:, None], 1)])


def _kind(name: str) -> int:
    kinds = (tuple(VOWELS), ("P", "T", "K"), ("B", "D", "G"), ("F", "TH", "S", "SH", "HH"), ("V", "DH", "Z", "ZH"),
             ("CH", "JH"), ("M", "N", "NG"), ("L", "R"), ("W", "Y"))  # fmt: skip
    return next(number for number, kind in enumerate(kinds) if name in kind)


def _place(analysis: Analysis, stresses: Array) -> Array:
    """Place in the word from both ends, the word's length, its place in the text, stress, pauses beside it."""
    import numpy as np

    spans = [span for _, _, _, span in analysis.phones()]
    rows = []
    for index, (word, place, _, span) in enumerate(analysis.phones()):
        length = len(analysis.words[word])
        before = span.start - (spans[index - 1].end if index else 0)
        after = (spans[index + 1].start if index + 1 < len(spans) else analysis.sound.frames) - span.end
        rows.append((place, length - 1 - place, length, word, len(analysis.words) - 1 - word, before, after))
    return np.hstack([np.array(rows, np.float32), stresses[:, None]])


def _lengths(analysis: Analysis) -> Array:
    """Log frames, and against the recording's median."""
    import numpy as np

    logs = np.log([span.frames for _, _, _, span in analysis.phones()])
    return np.stack([logs, logs - np.median(logs)], axis=1).astype(np.float32)


def _spectrum(analysis: Analysis) -> Array:
    """The middle of the phone and how it moves; its level against the loud parts; whether it is voiced."""
    import numpy as np

    loud = np.percentile(analysis.sound.level, 95)
    rows = []
    for _, _, _, span in analysis.phones():
        third = max(1, span.frames // 3)
        middle = analysis.sound.spectrum[span.start + third : max(span.start + third + 1, span.end - third)]
        first = analysis.sound.spectrum[span.start : span.start + third]
        last = analysis.sound.spectrum[span.end - third : span.end]
        cut = slice(span.start, span.end)
        voiced = np.isfinite(analysis.sound.pitch[cut]).mean()
        rows.append(
            [*middle[:, :13].mean(axis=0), *(last[:, 1:7].mean(axis=0) - first[:, 1:7].mean(axis=0)),
             analysis.sound.level[cut].mean() - loud, analysis.sound.level[cut].max() - loud, voiced]
        )  # fmt: skip
    return np.array(rows, np.float32)


def _shifted(values: Array, by: int) -> Array:
    """Row i holds row i + by; zeros beyond the ends."""
    import numpy as np

    wide = np.pad(values, ((abs(by), abs(by)), (0, 0)))
    start = abs(by) + by
    return wide[start : start + len(values)]


def _neighbours(values: Array) -> Array:
    import numpy as np

    return np.hstack([_shifted(values, by) for by in _AROUND])


def _word(analysis: Analysis, values: Array) -> Array:
    """Mean and least of the word."""
    import numpy as np

    words = np.array([word for word, _, _, _ in analysis.phones()])
    rows = np.zeros((len(words), 2 * values.shape[1]), np.float32)
    for word in np.unique(words):
        mine = values[words == word]
        rows[words == word] = np.concatenate([mine.mean(axis=0), mine.min(axis=0)])
    return rows


def _whole(analysis: Analysis, values: Array, lengths: Array) -> Array:
    """The recording: mean goodness, pace, pauses, other speech; and the phone against it."""
    import numpy as np

    key = values[:, _KEY]
    spans = [span for _, _, _, span in analysis.phones()]
    speaking = spans[-1].end - spans[0].start
    said = sum(span.frames for span in spans)
    voiced = analysis.sound.pitch[np.isfinite(analysis.sound.pitch)]
    whole = np.concatenate([
        key.mean(axis=0), np.quantile(key, 0.2, axis=0),
        [lengths[:, 0].mean(), lengths[:, 0].std(), len(spans) / speaking, said / speaking, len(analysis.words)],
        [sum(other.frames for other in analysis.aligned.others) / speaking],
        [np.log(np.median(voiced)) if len(voiced) else 0.0],
        [len(analysis.sound.free) / max(1, len(spans))],
    ])  # fmt: skip
    return np.hstack([np.broadcast_to(whole, (len(spans), len(whole))), key - key.mean(axis=0)]).astype(np.float32)
