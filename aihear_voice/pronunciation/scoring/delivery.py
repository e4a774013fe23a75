"""How a whole sentence was delivered: pauses, pace, rhythm, pitch and loudness."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ..hearing.acoustic import SILENCE
from ..hearing.analysis import Analysis
from ..hearing.forced_alignment import Span
from ..text.phones import VOWELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PAUSE = 15  # frames: shorter gaps between words are closures of plosives
LONG_PAUSE = 50

NAMES = (
    "words", "phones", "phones a word", "speaking", "pauses", "pause share", "longest pause", "long pauses",
    "pauses a word", "gap share", "other share", "others", "phones a second", "articulated a second",
    "words a second", "vowels a second", "log length", "spread of length", "longest tenth", "vowel share",
    "vowel rhythm", "vowel spread", "consonant spread", "word spread", "pitch", "pitch spread", "pitch range",
    "pitch slope", "last pitch", "pitch movement", "voiced share", "level spread", "level range", "vowel level spread",
    "free phones", "free lengths", "contrast", "mean pause", "last word",
)  # fmt: skip


def pauses(analysis: Analysis) -> list[Span]:
    """Silent gaps between words, of any length, in order; other speech is no pause."""
    spans = _word_spans(analysis)
    gaps = [Span(one.end, two.start) for one, two in itertools.pairwise(spans) if two.start > one.end]
    return [gap for gap in gaps if not any(_overlap(gap, other) for other in analysis.aligned.others)]


def delivery(analysis: Analysis) -> Array:
    """Shape (len(NAMES),)."""
    import numpy as np

    parts = (_pausing, _pace, _rhythm, _melody, _rest)
    return np.array([value for part in parts for value in part(analysis)], np.float64)


def _word_spans(analysis: Analysis) -> list[Span]:
    return [Span(spans[0].start, spans[-1].end) for spans in analysis.aligned.words if spans]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _speaking(analysis: Analysis) -> int:
    spans = _word_spans(analysis)
    return spans[-1].end - spans[0].start


def _pausing(analysis: Analysis) -> list[float]:
    import numpy as np

    speaking, words = _speaking(analysis), len(analysis.words)
    gaps = np.array([gap.frames for gap in pauses(analysis)])
    real = gaps[gaps >= PAUSE] if len(gaps) else gaps
    others = [other.frames for other in _inner_others(analysis)]
    phones = sum(len(word) for word in analysis.words)
    return [
        words, phones, phones / words, np.log(speaking), len(real), real.sum() / speaking,
        real.max() if len(real) else 0, (real >= LONG_PAUSE).sum(), len(real) / words, gaps.sum() / speaking,
        sum(others) / speaking, len(others),
    ]  # fmt: skip


def _inner_others(analysis: Analysis) -> list[Span]:
    spans = _word_spans(analysis)
    whole = Span(spans[0].start, spans[-1].end)
    return [other for other in analysis.aligned.others if _overlap(other, whole)]


def _pace(analysis: Analysis) -> list[float]:
    speaking = _speaking(analysis) / 100
    said = [span.frames for _, _, _, span in analysis.phones()]
    vowels = sum(name in VOWELS for _, _, name, _ in analysis.phones())
    return [len(said) / speaking, 100 * len(said) / sum(said), len(analysis.words) / speaking, vowels / speaking]


def _rhythm(analysis: Analysis) -> list[float]:
    """The vowels' normalised pairwise variability (Grabe and Low) among it."""
    import numpy as np

    lengths = np.array([span.frames for _, _, _, span in analysis.phones()], np.float64)
    vowel = np.array([name in VOWELS for _, _, name, _ in analysis.phones()])
    vowels, consonants = lengths[vowel], lengths[~vowel]
    pairs = np.abs(np.diff(vowels)) / ((vowels[1:] + vowels[:-1]) / 2) if len(vowels) > 1 else np.zeros(1)
    per_word = np.array([sum(span.frames for span in spans) / len(spans) for spans in analysis.aligned.words if spans])
    return [
        np.log(lengths).mean(), np.log(lengths).std(), np.quantile(lengths, 0.9), vowels.sum() / lengths.sum(),
        pairs.mean(), np.log(vowels).std() if len(vowels) else 0.0,
        np.log(consonants).std() if len(consonants) else 0.0, np.log(per_word).std(),
    ]  # fmt: skip


def _melody(analysis: Analysis) -> list[float]:
    """In semitones."""
    import numpy as np

    spans = _word_spans(analysis)
    part = slice(spans[0].start, spans[-1].end)
    track, level = analysis.sound.pitch[part], analysis.sound.level[part]
    voiced = np.isfinite(track)
    if voiced.sum() < 5:
        return [0.0] * 10
    tones = 12 * np.log2(track[voiced])
    times = np.flatnonzero(voiced) / 100
    steps = np.diff(tones)[np.diff(times) < 0.015]
    middle = np.median(tones)
    nuclei = [span for _, _, name, span in analysis.phones() if name in VOWELS]
    vowels = [analysis.sound.level[span.start : span.end].max() for span in nuclei]
    return [
        middle, np.clip(tones - middle, -12, 12).std(), np.subtract(*np.quantile(tones, (0.9, 0.1))),
        np.polyfit(times, np.clip(tones - middle, -12, 12), 1)[0], np.median(tones[-10:]) - middle,
        np.abs(steps).mean() if len(steps) else 0.0, voiced.mean(), level.std(),
        np.subtract(*np.quantile(level, (0.95, 0.5))), np.std(vowels) if vowels else 0.0,
    ]  # fmt: skip


def _rest(analysis: Analysis) -> list[float]:
    import numpy as np

    phones = sum(len(word) for word in analysis.words)
    names = analysis.sound.names
    free = np.array([span.frames for number, span in analysis.sound.free if names[number] != SILENCE] or [0])
    gaps = [gap.frames for gap in pauses(analysis) if gap.frames >= PAUSE]
    last = [span.frames for span in analysis.aligned.words[-1] or ()]
    return [
        len(free) / phones, float(np.log(free + 1).mean()),
        float(np.subtract(*np.quantile(analysis.sound.level, (0.95, 0.05)))), float(np.mean(gaps)) if gaps else 0.0,
        float(np.log(np.mean(last))) if last else 0.0,
    ]  # fmt: skip
