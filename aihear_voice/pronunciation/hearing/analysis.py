"""A recording laid beside the phones of its text: all that the scores are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..text.phones import Pronunciation, base
from . import acoustic, cepstra, pitch, posteriors
from .forced_alignment import FORCED, NEVER, Aligned, Costs, Span, align, in_context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_ENERGY_FLOOR = 1e-10
_RARE_WAY = 15.0  # natural log units
# Alignments in which words may be left out, and in which other speech is cheap: who is left out, and what is found.
LENIENT = (Costs(30.0), Costs(60.0), Costs(60.0, 10.0, 6.0))


@dataclass(frozen=True, eq=False)
class Outline:
    """A recording, as far as is needed to know when each phone was said. Frames are 10 ms.

    scores: log likelihoods of all senones, shape (frames, senones)
    best: score of the best phone but silence, shape (frames,)
    pitch: Hz, nan where unvoiced, shape (frames,)
    """

    scores: Array
    best: Array
    pitch: NDArray[np.float64]

    def lay(self, words: Sequence[Sequence[str]], costs: Costs = FORCED) -> Aligned | None:
        """words: phones of each as CMUdict names them, without stress marks. None where there are too many."""
        return align(words, acoustic.model(), self.scores, self.best, costs)


@dataclass(frozen=True, eq=False)
class Listening(Outline):
    """All of a recording, whatever its text.

    spectrum: mel cepstra and their differences, shape (frames, 39)
    states: scores of the three states of 40 phones (posteriors.names), shape (frames, 40, 3)
    posteriors: log posteriors of these phones, shape (frames, 40)
    free: the row of phones that fits best
    level: dB of each frame, shape (frames,)
    """

    names: tuple[str, ...]
    spectrum: Array
    states: Array
    posteriors: Array
    free: tuple[tuple[int, Span], ...]
    level: NDArray[np.float64]

    @property
    def frames(self) -> int:
        return len(self.level)

    @cached_property
    def top(self) -> Array:
        """Score of the best phone or silence, shape (frames,)."""
        top: Array = self.states.max(axis=(1, 2))
        return top


@dataclass(frozen=True, eq=False)
class Analysis:
    """words: the phones of each, without stress marks
    aligned: every word, said or not; lenient: with words left out where that is better, at the costs of LENIENT
    fit: of the aligned state in its context, log likelihood, shape (frames,); nan where no phone was aligned
    """

    sound: Listening
    words: tuple[tuple[str, ...], ...]
    aligned: Aligned
    lenient: tuple[Aligned, ...]
    fit: Array

    def phones(self) -> Iterator[tuple[int, int, str, Span]]:
        """(word, place in it, phone, frames) of all phones in order."""
        for word, (phones, spans) in enumerate(zip(self.words, self.aligned.words, strict=True)):
            for place, (phone, span) in enumerate(zip(phones, spans or (), strict=True)):
                yield word, place, phone, span


def outline(samples: Array) -> Outline:
    """samples: float32 16 kHz."""
    spectrum, scores, states = _scored(samples)
    return Outline(scores, _best(states), _as_long(pitch.track(samples), len(spectrum)))


def listen(samples: Array) -> Listening:
    """samples: float32 16 kHz."""
    spectrum, scores, states = _scored(samples)
    return Listening(
        scores=scores,
        best=_best(states),
        pitch=_as_long(pitch.track(samples), len(spectrum)),
        names=posteriors.names(acoustic.model()),
        spectrum=spectrum,
        states=states,
        posteriors=posteriors.log_posteriors(states),
        free=tuple(posteriors.free_row(states)),
        level=_level(samples, len(spectrum)),
    )


def _scored(samples: Array) -> tuple[Array, Array, Array]:
    """spectrum, scores, states, as in Listening."""
    model = acoustic.model()
    spectrum = cepstra.features(_dithered(samples))
    scores = model.scores(spectrum)
    return spectrum, scores, posteriors.state_scores(scores, model)


def _best(states: Array) -> Array:
    best: Array = states[:, :-1].max(axis=(1, 2))
    return best


def _dithered(samples: Array) -> Array:
    """With noise of one 16-bit step: exact zeros are like no silence that the acoustic model has heard."""
    import numpy as np

    noise = np.random.default_rng(0).standard_normal(len(samples), np.float32)
    return samples + noise / np.float32(32768)


def lay(sound: Listening, words: Sequence[Sequence[str]]) -> Analysis | None:
    """words: phones of each as CMUdict names them, stress marks or not.
    None where the recording is shorter than so many phones can be."""
    plain = tuple(tuple(base(phone) for phone in word) for word in words)
    aligned = sound.lay(plain)
    if aligned is None:
        return None
    lenient = (sound.lay(plain, costs) for costs in LENIENT)
    return Analysis(
        sound=sound,
        words=plain,
        aligned=aligned,
        lenient=tuple(way for way in lenient if way is not None),
        fit=fit_along(plain, acoustic.model(), sound.scores, aligned),
    )


def choose(sound: Listening, words: Sequence[Sequence[Pronunciation]]) -> list[Pronunciation]:
    """Of the ways to say each word the one that fits best. words: at least one way each."""
    first = [ways[0] for ways in words]
    if all(len(ways) == 1 for ways in words):
        return first
    aligned = sound.lay([[base(phone) for phone in way] for way in first])
    if aligned is None:
        return first
    return [_best_way(sound, ways, spans) for ways, spans in zip(words, aligned.words, strict=True)]


def _best_way(sound: Listening, ways: Sequence[Pronunciation], spans: Sequence[Span] | None) -> Pronunciation:
    """The commonest, unless another fits clearly better: a dictionary also has ways that few speak."""
    if len(ways) == 1 or spans is None:
        return ways[0]
    common, *rare = [_fits(sound, way, spans) for way in ways]
    best = max(range(len(rare)), key=rare.__getitem__)
    return ways[1 + best] if rare[best] > common + _RARE_WAY else ways[0]


def _fits(sound: Listening, way: Pronunciation, spans: Sequence[Span]) -> float:
    """Log likelihood of a way to say the word within its span."""
    cut = slice(spans[0].start, spans[-1].end)
    found = align([[base(phone) for phone in way]], acoustic.model(), sound.scores[cut], sound.best[cut])
    return found.score if found else -NEVER


def fit_along(words: Sequence[Sequence[str]], model: acoustic.AcousticModel, scores: Array, aligned: Aligned) -> Array:
    """Of each frame the log likelihood of the state that it lies in; not a number outside of words."""
    import numpy as np

    fit = np.full(len(scores), np.nan, np.float32)
    for senones, spans, bounds in zip(in_context(words, model), aligned.words, aligned.states, strict=True):
        for states, span, inner in zip(senones, spans or (), bounds or (), strict=True):
            edges = (span.start, *inner, span.end)
            for state, start, end in zip(states, edges[:-1], edges[1:], strict=True):
                fit[start:end] = scores[start:end, state]
    return fit


def _as_long(track: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    import numpy as np

    longer = np.concatenate([track, np.full(max(0, frames - len(track)), np.nan)])
    same: NDArray[np.float64] = longer[:frames]
    return same


def _level(samples: Array, frames: int) -> NDArray[np.float64]:
    import numpy as np

    wave = np.zeros(frames * cepstra.STEP)
    some = samples[: len(wave)].astype(np.float64)
    wave[: len(some)] = some
    power = np.square(wave).reshape(frames, -1).mean(axis=1)
    level: NDArray[np.float64] = 10 * np.log10(power + _ENERGY_FLOOR)
    return level
