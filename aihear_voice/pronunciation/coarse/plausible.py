"""Whether a recording can be of its transcript, in languages without an acoustic model of their own.

The transcript's sounds are laid beside the recording with the English acoustic model, each as the English phone that
it is most like. That is too coarse to judge a sound; but a text that was said fits better than the same sounds in any
other order, and one that was not does not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..hearing.analysis import Outline
from ..hearing.forced_alignment import FRAME
from ..text import sounds
from ..text.ipa import sign
from ..text.phones import CONSONANTS, VOWELS

if TYPE_CHECKING:
    from ..hearing.forced_alignment import Aligned

ENOUGH = 16  # sounds: of fewer the order says too little
_ORDERS = 12
FASTEST = 20.0  # sounds a second, without pauses: more are not said by anyone (fast German has some 17)


@dataclass(frozen=True, slots=True)
class Fit:
    """margin: how much better the sounds fit in their own order than in others, in standard deviations of those: text
        that was said above 0.6, another seldom above 1 (synthetic voices); None for too few sounds
    times: of each word (start, end) in seconds, None for one without sounds
    """

    margin: float | None
    times: tuple[tuple[float, float] | None, ...]


def fit(words: Sequence[sounds.Sounds], outline: Outline) -> Fit | None:
    """words: the sounds of each word that is said to be in the recording. None where it is too short for them."""
    laid = [tuple(nearest(sound) for sound in word if sound not in sounds.TONES.values()) for word in words]
    phones = [word for word in laid if word]
    aligned = outline.lay(phones) if phones else None
    if aligned is None:
        return None
    return Fit(_margin(phones, aligned, outline), tuple(_times(laid, aligned)))


def _margin(phones: Sequence[Sequence[str]], aligned: Aligned, outline: Outline) -> float | None:
    import numpy as np

    flat = [phone for word in phones for phone in word]
    if len(flat) < ENOUGH:
        return None
    chance = random.Random(0)
    others = []
    for _ in range(_ORDERS):
        order = iter(chance.sample(flat, len(flat)))
        other = outline.lay([tuple(next(order) for _ in word) for word in phones])
        others += [other.score] if other else []
    return (aligned.score - float(np.mean(others))) / max(1e-6, float(np.std(others)))


def _times(words: Sequence[Sequence[str]], aligned: Aligned) -> list[tuple[float, float] | None]:
    spans = iter(aligned.words)
    found: list[tuple[float, float] | None] = []
    for word in words:
        span = next(spans) if word else None
        found.append((span[0].start * FRAME, span[-1].end * FRAME) if span else None)
    return found


@cache
def nearest(sound: str) -> str:
    """The English phone (ARPAbet) that a sound is most like; a vowel for a vowel."""
    kind = VOWELS if sounds.is_vowel(sound) else CONSONANTS
    return min(sorted(kind), key=lambda name: sounds.distance(sound, sign(name)))
