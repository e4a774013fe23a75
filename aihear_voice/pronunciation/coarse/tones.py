"""Which tone each Chinese syllable was said with, by its pitch; only where the pitch shows it.

The text's syllables are laid beside the recording (with the English acoustic model and the nearest English phones:
good enough to find vowels). Each rime's pitch, in semitones, is compared with the four tones in Chao's five levels. The
speaker's own height, range and fall over the sentence come from all syllables together, as the text wants them; those
that do not fit count less. What a speaker says of one syllable alone therefore tells only its shape, not its height.
The neutral tone takes after its neighbours and is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..hearing.analysis import Outline
from ..hearing.forced_alignment import FRAME
from ..results import Tone
from ..text import sounds
from .plausible import nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEUTRAL = 5
CLEAR = 0.8  # probability from which a tone is named
_FEWEST = 8  # voiced frames of 10 ms in a rime
_VOICED = 0.5  # share of its frames
_POINTS = 12  # of a contour
_USED = slice(4, 11)  # of them; before, the voice is on its way from the syllable before (Xu 1997)
_STRAY = 10.0  # semitones from the middle of the recording: an octave error
_GAP, _LEAP = 4, 1.0  # frames without voice, and semitones a frame, that part two stretches
_PAUSE = 0.25  # seconds after which a third tone may have risen again
# Chao's levels at three places of the rime: the third tone stays low within a sentence, and may rise before a pause.
_SHAPES = {1: ((5, 5, 5),), 2: ((3, 3, 4.7),), 3: ((2.2, 1.2, 1), (2.2, 1, 3)), 4: ((5, 4, 1.7),)}
_MIDDLE = 3.0  # level
_USUAL, _NARROWEST, _WIDEST = 1.8, 0.5, 4.0  # semitones a level; a flatter voice does not tell
_RANGE_SPREAD = 0.3  # share by which the range may differ from what the recording's loudest swings say
_FALL, _FALL_SPREAD = -0.5, 0.8  # levels a second, over a sentence
# How far height, slope (from end to end) and bend (of the middle) lie beside their shape, levels: 1 standard deviation.
_NOISE = (0.7, 0.9, 0.8)
_UNLIKE = 2.5  # such deviations from its shape at which it is no tone at all
_GAIN = 1e-6  # of log likelihood: less is no change; each change lowers the cost, so that there is an end
_TRUST = 0.5  # that a tone was said as wanted, before anything was heard


@dataclass(frozen=True, eq=False)
class Contour:
    """A rime's pitch. time: of its middle, seconds; semitones: (100 Hz is 0) at equal distances, (_POINTS,)
    last: whether a pause follows"""

    time: float
    semitones: Array
    last: bool


@dataclass(frozen=True)
class Wanted:
    """A syllable of the text. pinyin: as it is said in the sentence; also: other tones that are right as well
    read: tones of the character's other readings: who says them may know better how it is read here"""

    pinyin: str
    also: frozenset[int] = frozenset()
    read: frozenset[int] = frozenset()

    @property
    def tone(self) -> int:
        return int(self.pinyin[-1])


def judge(words: Sequence[str], outline: Outline) -> list[Tone | None]:
    """words: of the text, that were said, as `words.split` gives them. None for what has no tone to judge."""
    wanted = wanted_tones(words)
    places = [place for place, one in enumerate(wanted) if one]
    syllables = [one for one in wanted if one]
    found: list[Tone | None] = [None] * len(words)
    for place, tone in zip(places, tones(syllables, contours(syllables, outline)), strict=True):
        found[place] = tone
    return found


# -- what is wanted ---------------------------------------------------------------------------------------


def wanted_tones(words: Sequence[str]) -> list[Wanted | None]:
    """With the changes of third tones in a row, of 不 and 一. What hangs on how words belong together is left open."""
    plain = sounds.read(words)
    tones = [int(one[-1]) if one else 0 for one in plain]
    found: list[Wanted | None] = []
    for place, (word, one) in enumerate(zip(words, plain, strict=True)):
        said, also = _changed(word, tones, place)
        found.append(Wanted(one[:-1] + str(said), also, sounds.other_tones(word, one) - {said}) if one else None)
    return found


def _changed(word: str, tones: Sequence[int], place: int) -> tuple[int, frozenset[int]]:
    """The tone as it is said, and those that are right too."""
    tone, after = tones[place], tones[place + 1] if place + 1 < len(tones) else 0
    if word in "一不" and tone != NEUTRAL:
        own = 1 if word == "一" else 4
        said = 2 if after == 4 else 4 if after in (1, 2, 3) else own
        return said, frozenset((own, tone))
    if tone == after == 3:
        more = tones[place + 2 : place + 3] == [3] or (place and tones[place - 1] == 3)
        return 2, frozenset((3,)) if more else frozenset()
    return tone, frozenset()


# -- what was said ----------------------------------------------------------------------------------------


def contours(wanted: Sequence[Wanted], outline: Outline) -> list[Contour | None]:
    """None where too little is voiced."""
    if not wanted:
        return []
    split = [sounds.parts(one.pinyin) for one in wanted]
    phones = [tuple(map(nearest, (*initial, *final))) for initial, final in split]
    aligned = outline.lay(phones)
    if aligned is None:
        return [None] * len(wanted)
    starts = [word[0].start for word in aligned.words if word]
    found = []
    for (initial, _), spans, after in zip(split, aligned.words, (*starts[1:], None), strict=True):
        assert spans is not None
        last = after is None or (after - spans[-1].end) * FRAME > _PAUSE
        found.append(_contour(outline.pitch, spans[len(initial)].start, spans[-1].end, last))
    return found


def _contour(pitch: Array, start: int, end: int, last: bool) -> Contour | None:
    """pitch: of the whole recording, Hz"""
    import numpy as np

    semitones = 12 * np.log2(pitch / 100)
    frames = _longest(semitones, np.arange(start, end)[np.isfinite(pitch[start:end])])
    if len(frames) < max(_FEWEST, _VOICED * (end - start)):
        return None
    if abs(np.median(semitones[frames]) - np.nanmedian(semitones)) > _STRAY:
        return None
    places = np.linspace(frames[0], frames[-1], _POINTS)
    return Contour(float(frames.mean()) * FRAME, np.interp(places, frames, semitones[frames]), last)


def _longest(semitones: Array, frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """The longest stretch without a leap: beyond it is the syllable before or after, or an octave error."""
    import numpy as np

    gaps, leaps = np.diff(frames), np.abs(np.diff(semitones[frames]))
    stretches = np.split(frames, 1 + np.flatnonzero((gaps > _GAP) | (leaps > _LEAP * gaps)))
    return max(stretches, key=len)


# -- which tone it was ------------------------------------------------------------------------------------


def tones(wanted: Sequence[Wanted], heard: Sequence[Contour | None]) -> list[Tone]:
    """One a syllable; heard is None where the pitch does not tell."""
    found = [Tone(one.tone, None, 0.0) for one in wanted]
    known = [(place, contour) for place, contour in enumerate(heard) if contour and wanted[place].tone != NEUTRAL]
    if not known:
        return found
    voice = _Voice([contour for _, contour in known], [wanted[place].tone for place, _ in known])
    for (place, _), (tone, confidence) in zip(known, voice.told(), strict=True):
        one = wanted[place]
        named = one.tone if tone in one.also else None if tone in one.read else tone
        found[place] = Tone(one.tone, named, round(confidence, 2))
    return found


class _Voice:
    """A speaker's syllables together: their tones are those that explain all contours best, with one voice.

    To begin with the tones are taken to be those that are wanted; then, the clearest first, those that are not.
    """

    def __init__(self, contours: Sequence[Contour], expected: Sequence[int]) -> None:
        import numpy as np

        tracks = np.array([contour.semitones for contour in contours])[:, _USED]
        self._times = np.array([contour.time for contour in contours])
        self._expected = tuple(expected)
        self._scale = _range(tracks, expected)
        self._seen = _features(tracks / self._scale)
        # A third tone has a second shape before a pause.
        self._open = np.array([[shape.late and not contour.last for shape in _shapes()] for contour in contours])

    def told(self) -> list[tuple[int | None, float]]:
        """(tone, confidence) of each syllable; None for a tone that is not clear."""
        import numpy as np

        now = [_first(tone) for tone in self._expected]
        while True:
            costs, misfits = self._tried(now)
            chances = [self._chances(cost, tone) for cost, tone in zip(costs, self._expected, strict=True)]
            gains = [self._gain(*each) for each in zip(chances, costs, now, strict=True)]
            place = int(np.argmax(gains))
            if gains[place] <= _GAIN:
                return [self._clear(*each) for each in zip(chances, costs, misfits, strict=True)]
            now[place] = int(costs[place].argmin())

    def _clear(self, chance: Array, cost: Array, misfit: Array) -> tuple[int | None, float]:
        tone, confidence = int(chance.argmax()) + 1, float(chance.max())
        shape = min((place for place, one in enumerate(_shapes()) if one.tone == tone), key=cost.__getitem__)
        clear = confidence >= CLEAR and self._scale > _NARROWEST and misfit[shape] < _UNLIKE
        return (tone if clear else None), confidence

    def _gain(self, chance: Array, cost: Array, now: int) -> float:
        """How much likelier all is with another shape of the same tone there, or a tone that is clear."""
        shapes = _shapes()
        best = int(cost.argmin())
        same = shapes[best].tone == shapes[now].tone
        sure = chance.max() >= CLEAR and chance.argmax() + 1 == shapes[best].tone
        return float(cost[now] - cost[best]) if same or sure else 0.0

    def _chances(self, costs: Array, wanted: int) -> Array:
        """Of each tone its probability, (4,)."""
        import numpy as np

        chances = np.full(4, (1 - _TRUST) / 3)
        chances[wanted - 1] = _TRUST
        for tone in range(1, 5):
            mine = [cost for cost, shape in zip(costs, _shapes(), strict=True) if shape.tone == tone]
            chances[tone - 1] *= np.exp(costs.min() - min(mine))
        share: Array = chances / chances.sum()
        return share

    def _tried(self, now: Sequence[int]) -> tuple[Array, Array]:
        """Each shape in each place, the others as they are now: the negative log likelihood with the likeliest height,
        range and fall of the voice (least squares), and how far that syllable is from it, in standard deviations.
        Shapes (places, shapes)."""
        import numpy as np

        count, shapes = len(now), np.array([shape.features for shape in _shapes()])
        tried = np.tile(shapes[list(now)], (count, len(shapes), 1, 1))
        for place in range(count):
            tried[place, :, place] = shapes
        noise = np.array(_NOISE)
        height = np.broadcast_to([1.0, 0.0, 0.0], tried.shape)
        columns = np.stack([height, tried, height * self._times[:, None]], axis=-1) / noise[:, None]
        matrix = columns.reshape(count, len(shapes), 3 * count, 3)
        values = (self._seen / noise).ravel()
        usual, worth = np.array([0.0, 1.0, _FALL]), np.array([0.0, 1 / _RANGE_SPREAD**2, 1 / _FALL_SPREAD**2])
        square = matrix.swapaxes(-1, -2) @ matrix + np.diag(worth)
        voice = np.linalg.solve(square, (matrix.swapaxes(-1, -2) @ values + worth * usual)[..., None])[..., 0]
        left = values - (matrix @ voice[..., None])[..., 0]
        costs = (np.square(left).sum(axis=-1) + (worth * np.square(voice - usual)).sum(axis=-1)) / 2
        costs[self._open] = np.inf
        own = left.reshape(count, len(shapes), count, 3)[np.arange(count), :, np.arange(count)]
        return costs, np.sqrt(np.square(own).mean(axis=-1))


def _range(tracks: Array, expected: Sequence[int]) -> float:
    """Semitones a level: how far the pitch swings, beside how far it does in the tones that are wanted."""
    import numpy as np

    levels = np.concatenate([next(shape.curve for shape in _shapes() if shape.tone == tone) for tone in expected])
    swing, usual = (float(np.ptp(np.quantile(values, (0.05, 0.95)))) for values in (tracks, levels))
    if usual < 1:
        return _USUAL
    return min(_WIDEST, max(_NARROWEST, swing / usual))


def _features(curves: Array) -> Array:
    """(n, points) -> (n, 3): height, slope from end to end, bend of the middle below the ends."""
    import numpy as np

    place = np.linspace(-1, 1, curves.shape[1])
    _, slope, bend = np.polynomial.polynomial.polyfit(place, curves.T, 2)
    features: Array = np.stack([curves.mean(axis=1), 2 * slope, bend], axis=1)
    return features


@dataclass(frozen=True, eq=False)
class _Shape:
    """curve: levels around the middle one; late: before a pause only"""

    tone: int
    late: bool
    curve: Array
    features: Array


def _first(tone: int) -> int:
    return next(place for place, shape in enumerate(_shapes()) if shape.tone == tone)


@cache
def _shapes() -> tuple[_Shape, ...]:
    import numpy as np

    places = np.linspace(0, 2, _POINTS)[_USED]
    found = []
    for tone, ways in _SHAPES.items():
        for number, way in enumerate(ways):
            curve = np.interp(places, range(3), way) - _MIDDLE
            found.append(_Shape(tone, number > 0, curve, _features(curve[None])[0]))
    return tuple(found)
