"""Which syllable of a word was stressed: the vowels' length, loudness, pitch and fullness beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..hearing.analysis import Analysis
from ..hearing.forced_alignment import Span
from ..text.phones import stress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CUES = ("length", "level", "pitch", "fullness")
# How much each cue says, standardised within the word; after Fry (1955, 1958): pitch and length before loudness.
_WEIGHTS = (1.0, 0.7, 0.7, 0.5)
_SCALES = (0.5, 4.0, 2.5, 0.4)  # natural log, dB, semitones, share: what is a clear difference
_FINAL = 0.3  # natural log: a last syllable is longer without being stressed
FEATURES = 4 * len(CUES) + 5


@dataclass(frozen=True, slots=True)
class Syllables:
    """expected: the syllable (from 0) that carries the stress; heard: the most prominent one
    prominence: of each syllable; the margin between the first two says how clear it was
    """

    expected: int
    heard: int
    prominence: tuple[float, ...]

    @property
    def margin(self) -> float:
        first, second, *_ = sorted(self.prominence, reverse=True)
        return first - second


def syllables(analysis: Analysis, word: int, phones: Sequence[str]) -> Syllables | None:
    """phones: with stress marks. None for a word of one syllable, one left out, or without a marked stress."""
    vowels = [index for index, phone in enumerate(phones) if stress(phone) >= 0]
    marks = [stress(phones[index]) for index in vowels]
    spans = analysis.aligned.words[word]
    if len(vowels) < 2 or 1 not in marks or spans is None:
        return None
    cues = _cues(analysis, [spans[index] for index in vowels])
    cues[-1, 0] -= _FINAL
    prominence = _standard(cues) @ _weights()
    return Syllables(marks.index(1), int(prominence.argmax()), tuple(map(float, prominence)))


def stress_features(analysis: Analysis, word: int, phones: Sequence[str]) -> Array:
    """Shape (FEATURES,): the stressed vowel beside the mean and the greatest of the others, by cue; zeros for a word
    of one syllable."""
    import numpy as np

    vowels = [index for index, phone in enumerate(phones) if stress(phone) >= 0]
    marks = [stress(phones[index]) for index in vowels]
    spans = analysis.aligned.words[word]
    values = np.zeros(FEATURES)
    values[-1] = len(vowels)
    if len(vowels) < 2 or spans is None:
        return values
    cues = _cues(analysis, [spans[index] for index in vowels])
    expected = marks.index(max(marks))
    others = np.delete(cues, expected, axis=0)
    prominence = _standard(cues) @ _weights()
    values[:-1] = [
        *(cues[expected] - others.mean(axis=0)), *(cues[expected] - others.max(axis=0)), *cues.std(axis=0),
        *cues[expected], prominence[expected] - np.delete(prominence, expected).max(),
        (prominence > prominence[expected]).sum(), expected, marks.count(1),
    ]  # fmt: skip
    return values


def _cues(analysis: Analysis, vowels: Sequence[Span]) -> Array:
    """Shape (vowels, cues)."""
    import numpy as np

    rows = []
    for span in vowels:
        cut = slice(span.start, span.end)
        track = analysis.sound.pitch[cut]
        voiced = track[np.isfinite(track)]
        pitch = 12 * np.log2(np.median(voiced)) if len(voiced) else np.nan
        full = 1 - np.exp(analysis.sound.posteriors[cut, analysis.sound.names.index("AH")]).mean()
        rows.append((np.log(span.frames), analysis.sound.level[cut].max(), pitch, full))
    cues = np.array(rows, np.float64)
    known = cues[:, 2][np.isfinite(cues[:, 2])]
    cues[:, 2] = np.where(np.isfinite(cues[:, 2]), cues[:, 2], known.min() if len(known) else 0.0)
    return cues


def _standard(cues: Array) -> Array:
    import numpy as np

    standard: Array = (cues - cues.mean(axis=0)) / np.array(_SCALES)
    return standard


def _weights() -> Array:
    import numpy as np

    return np.array(_WEIGHTS) / sum(_WEIGHTS)
