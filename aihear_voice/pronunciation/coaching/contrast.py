"""Minimal pairs: did two words that differ in one sound ("ship", "sheep") come out as two, and the right way round?

The recording is tried as each of the four: right, one word twice, the other twice, the wrong way round. How much better
its own sound fits is added up over both words: what a voice, a microphone or an accent does to one of the sounds helps
one word as much as it hurts the other, and cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...types import Audio
from ..hearing import acoustic
from ..hearing.analysis import Outline, fit_along, outline
from ..hearing.forced_alignment import NEVER, Aligned
from ..hearing.sound import STEADY, measure
from ..results import Why
from ..text.phones import Pronunciation, base, pronunciations
from ..text.words import split

Verdict = Literal["apart", "same", "swapped"]
APART = 25.0  # natural log units, summed over both words, from which they were told apart
LOPSIDED = 0.3  # share of one word's margin that the other may lack
POOR = -8.0  # of a frame, below the best phone there: another text
OTHER = 0.6  # times the words' length of other speech: another text, too


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that differ in one sound. phones: that of the first and of the second; ways: to say them"""

    words: tuple[str, str]
    phones: tuple[str, str]
    ways: tuple[Pronunciation, Pronunciation]

    @property
    def text(self) -> str:
        return ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class Told:
    """margin: natural log units by which each word's own sound fits better than the other's."""

    verdict: Verdict | None
    margin: tuple[float, float] = (0.0, 0.0)
    why: Why | None = None


def pair_of(words: Sequence[str]) -> Pair | None:
    """None where these are not two English words that differ in one sound. Raises SettingsError as `pronunciations`."""
    if len(words) != 2:
        return None
    for one in pronunciations(words[0]):
        for two in pronunciations(words[1]):
            plain = [(base(a), base(b)) for a, b in zip(one, two, strict=False)]
            different = [pair for pair in plain if pair[0] != pair[1]]
            if len(one) == len(two) and len(different) == 1:
                return Pair((words[0], words[1]), different[0], (one, two))
    return None


def tell_apart(pair: Pair, audio: Audio) -> Told:
    """audio: both words, in order."""
    if measure(audio).contrast < STEADY:
        return Told(None, why="noise")
    sound = outline(audio.samples)
    one, two = ([base(phone) for phone in way] for way in pair.ways)
    # Right, the second twice, the first twice, the wrong way round.
    found = [_laid(sound, words) for words in ((one, two), (two, two), (one, one), (two, one))]
    laid = [way for way in found if way is not None]
    if len(laid) < len(found):
        return Told(None, why="too_short")
    if _another_text(sound, max(laid, key=lambda way: way.score)):
        return Told(None, why="different")
    right, second, first, wrong = (way.score for way in laid)
    # Whatever the other word is heard as.
    margin = (right - second + first - wrong) / 2, (right - first + second - wrong) / 2
    return Told(_verdict(margin), margin)


@dataclass(frozen=True, slots=True)
class _Laid:
    """Two words beside the recording. score: log likelihood of it all"""

    words: tuple[Sequence[str], Sequence[str]]
    aligned: Aligned

    @property
    def score(self) -> float:
        return self.aligned.score


def _laid(sound: Outline, words: tuple[Sequence[str], Sequence[str]]) -> _Laid | None:
    aligned = sound.lay(words)
    return _Laid(words, aligned) if aligned and all(aligned.words) else None


def _verdict(margin: tuple[float, float]) -> Verdict:
    """One word that fits its own sound well, and one that fits the same sound nearly as well, are the same word."""
    low, high = sorted(margin)
    if low + high >= APART and -low <= LOPSIDED * high:
        return "apart"
    return "swapped" if low + high <= -APART and high <= LOPSIDED * -low else "same"


def likelier(one: str, two: str, audio: Audio) -> bool:
    """Whether the sound fits the first of two English texts as well as the second, or better.
    Raises SettingsError for a word whose sounds are not known."""
    sound = outline(audio.samples)
    ways = ([pronunciations(word)[0] for word in split(text)] for text in (one, two))
    found = [sound.lay([[base(phone) for phone in way] for way in words]) for words in ways]
    first, second = (way.score if way else -NEVER for way in found)
    return first >= second


def _another_text(sound: Outline, laid: _Laid) -> bool:
    """Whether much else was said, or the words fit badly."""
    import numpy as np

    spans = [span for word in laid.aligned.words for span in word or ()]
    frames, others = sum(span.frames for span in spans), sum(other.frames for other in laid.aligned.others)
    fit = fit_along(laid.words, acoustic.model(), sound.scores, laid.aligned) - sound.best
    return others > OTHER * frames or float(np.nanmean(fit)) < POOR
