"""The picture of an attempt: waveform, words and phones beneath it, and the pitch of learner and model voice.

Like music it is written in rows, each a few seconds long, which break between words: it fits a screen and a sheet of
paper. Here is only where everything stands (pixels of a picture WIDTH wide); looks/figure.svg draws it.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..hearing.forced_alignment import FRAME
from ..results import PhoneScore, WordScore
from ..text.ipa import sign
from .attempt import Attempt, Recording, Times
from .bands import heard_instead, phone_band, word_band

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDTH = 960
GUTTER = 46  # to the left: names of the tracks
WAVE, WORDS, PHONES, INSTEAD, PITCH, AXIS = 84, 40, 22, 16, 104, 22  # heights of the tracks
GAP = 6
_ROW_SECONDS = 4.5
_SHORTEST_ROW = 1.5  # seconds: a single word is not stretched beyond it
_LEAD = 0.3  # seconds shown before the first and after the last word
_PAUSE = 0.15  # seconds: shorter gaps are closures of plosives
_SPOKEN = 0.08  # of the loudest: above it somebody speaks
_ABOVE_ROOM = 2.5  # times the room's noise
_CLICK = 7  # columns of the envelope: shorter sounds between words are clicks
_COLUMNS = 320  # of a row's waveform
_QUIETEST = 0.02  # of full scale: a waveform that is quieter is not blown up further
_OCTAVE = 12.0  # semitones: what is further from the median is a slip of the pitch tracker
_LEAST_RANGE = 6.0  # semitones shown to either side
_RUN = 3  # frames: shorter stretches of pitch are noise


@dataclass(frozen=True, slots=True)
class Box:
    """A word, phone or pause. number: "" for none; note: beneath it; squeeze: its text is wider than it"""

    x: float
    width: float
    text: str
    band: str
    mark: str = ""
    number: str = ""
    note: str = ""
    clip: int = -1
    squeeze: bool = False

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """wave, learner, model: paths of SVG; ticks: (x, label); height: of all"""

    wave: str
    words: tuple[Box, ...]
    pauses: tuple[Box, ...]
    phones: tuple[Box, ...]
    learner: str
    model: str
    ticks: tuple[tuple[float, str], ...]
    end: float


@dataclass(frozen=True, slots=True)
class Figure:
    """tops: where each track begins, by name; tones: (semitones from the median, y) of the lines behind the pitch"""

    rows: tuple[Row, ...]
    tops: dict[str, int]
    height: int
    tones: tuple[tuple[str, float], ...]
    melody: bool
    model: bool


@dataclass(frozen=True, slots=True)
class _Scale:
    """A row's seconds as pixels."""

    start: float
    end: float
    per_second: float

    def x(self, second: float) -> float:
        return round(GUTTER + (min(max(second, self.start), self.end) - self.start) * self.per_second, 1)

    def holds(self, start: float, end: float) -> bool:
        return start < self.end and end > self.start


def draw(attempt: Attempt) -> Figure | None:
    """None without a recording."""
    learner = attempt.learner
    if learner is None:
        return None
    scales = list(_scales(learner, [(word.start, word.end) for word in attempt.report.insertions]))
    own, other = _melody(learner), _beneath(learner, attempt.model)
    reach = _range(own, other)
    words = attempt.report.words
    instead = any(heard_instead(phone) is not None for word in words for phone in word.phones)
    tops, height = _tops(bool(words), any(word.phones for word in words), instead, bool(own))
    loudest = max(float(abs(learner.envelope).max(initial=0)), _QUIETEST)
    rows = tuple(
        Row(
            wave=_wave(learner, scale, loudest),
            words=(*_words(words, learner, scale), *_added(attempt, scale)),
            pauses=tuple(_pauses(attempt, scale)),
            phones=tuple(_phones(words, scale)),
            learner=_path(own, scale, reach),
            model=_path(other, scale, reach),
            ticks=tuple(_ticks(scale)),
            end=scale.x(scale.end),
        )
        for scale in scales
    )
    half = reach // 2
    tones = tuple((f"{tone:+d}" if tone else "0", _height(tone, reach)) for tone in (half, 0, -half))
    return Figure(rows, tops, height, tones, bool(own), bool(other))


def _tops(words: bool, phones: bool, instead: bool, melody: bool) -> tuple[dict[str, int], int]:
    heights = {
        "wave": WAVE,
        "words": WORDS if words else 0,
        "phones": (PHONES + INSTEAD * instead) if phones else 0,
        "pitch": PITCH if melody else 0,
        "axis": AXIS,
    }
    tops, top = {}, 0
    for name, height in heights.items():
        if height:
            tops[name] = top
            top += height + GAP
    return tops, top


# -- rows -------------------------------------------------------------------------------------------------


def _scales(learner: Recording, added: Sequence[tuple[float, float]]) -> Iterator[_Scale]:
    words = sorted([*filter(None, learner.times), *added])
    start, end = _shown(learner, words)
    cuts = _cuts(start, end, words)
    edges = list(itertools.pairwise([start, *cuts, end]))
    longest = max(max(two - one for one, two in edges), _SHORTEST_ROW)
    for one, two in edges:
        yield _Scale(one, two, (WIDTH - GUTTER) / longest)


def _shown(learner: Recording, words: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """From shortly before the first word to shortly after the last."""
    if not words:
        return 0.0, learner.seconds
    return max(0.0, words[0][0] - _LEAD), min(learner.seconds, max(end for _, end in words) + _LEAD)


def _cuts(start: float, end: float, words: Sequence[tuple[float, float]]) -> list[float]:
    """Between words, nearest to equal parts; anywhere where there are no words."""
    rows = max(1, -int(-(end - start) // _ROW_SECONDS))
    between = [(one[1] + two[0]) / 2 for one, two in itertools.pairwise(words)]
    cuts: list[float] = []
    for row in range(1, rows):
        wanted = start + (end - start) * row / rows
        cut = min(between, key=lambda gap: abs(gap - wanted)) if between else wanted
        if cut > (cuts[-1] if cuts else start):
            cuts.append(cut)
    return cuts


def _ticks(scale: _Scale) -> Iterator[tuple[float, str]]:
    """Each half second."""
    first = -int(-scale.start * 2 // 1)
    for half in range(first, int(scale.end * 2) + 1):
        yield scale.x(half / 2), f"{half / 2:g} s"


# -- tracks -----------------------------------------------------------------------------------------------


def _wave(learner: Recording, scale: _Scale, loudest: float) -> str:
    """The outline: along the highest samples, and back along the lowest."""
    a_second = len(learner.envelope) / learner.seconds if learner.seconds else 0
    part = learner.envelope[int(scale.start * a_second) : int(scale.end * a_second)]
    if not len(part):
        return ""
    size = -(-len(part) // _COLUMNS)
    columns = [part[at : at + size] for at in range(0, len(part), size)]
    width = (scale.x(scale.end) - GUTTER) / len(columns)
    places = [f"{GUTTER + (number + 0.5) * width:.1f}" for number in range(len(columns))]
    high = [f"{x},{_level(float(column[:, 1].max()), loudest)}" for x, column in zip(places, columns, strict=True)]
    low = [f"{x},{_level(float(column[:, 0].min()), loudest)}" for x, column in zip(places, columns, strict=True)]
    return f"M{' '.join([*high, *reversed(low)])}Z"


def _level(value: float, loudest: float) -> str:
    return f"{WAVE / 2 - value / loudest * (WAVE / 2 - 2):.1f}"


def _words(words: Sequence[WordScore], learner: Recording, scale: _Scale) -> Iterator[Box]:
    for number, (word, times) in enumerate(zip(words, learner.times, strict=True)):
        if times and scale.holds(*times):
            band, x = word_band(word), scale.x(times[0])
            width = round(scale.x(times[1]) - x, 1)
            score = "" if word.accuracy is None else f"{word.accuracy:.0f}"
            squeeze = text_width(word.text, 15) > width - 4
            yield Box(x, width, word.text, band.name, band.mark, score, clip=number, squeeze=squeeze)


def _phones(words: Sequence[WordScore], scale: _Scale) -> Iterator[Box]:
    for word in words:
        for phone in word.phones:
            if phone.start is not None and phone.end is not None and scale.holds(phone.start, phone.end):
                yield _phone(phone, scale.x(phone.start), scale.x(phone.end))


def _phone(phone: PhoneScore, start: float, end: float) -> Box:
    text, instead = sign(phone.phone), heard_instead(phone)
    note = "" if instead is None else f"→{sign(instead)}" if instead else "→∅"
    width = round(end - start, 1)
    band = phone_band(phone)
    return Box(start, width, text, band.name, band.mark, note=note, squeeze=text_width(text, 14) > width - 2)


def _added(attempt: Attempt, scale: _Scale) -> Iterator[Box]:
    for word in attempt.report.insertions:
        if scale.holds(word.start, word.end):
            x, text = scale.x(word.start), f"+ {word.text or '…'}"
            width = round(scale.x(word.end) - x, 1)
            yield Box(x, width, text, "added", squeeze=text_width(text, 15) > width - 4)


def pauses(attempt: Attempt) -> Iterator[tuple[float, float]]:
    """(start, end) in seconds of each silence between two words."""
    if attempt.learner is None:
        return
    quiet = _quiet(attempt.learner)
    a_second = len(quiet) / attempt.learner.seconds if len(quiet) else 1
    for one, two in itertools.pairwise([each for each in attempt.learner.times if each]):
        first, last = int(one[1] * a_second), int(two[0] * a_second)
        for start, end in _runs(quiet[first:last]):
            if (end - start) / a_second >= _PAUSE:
                yield one[1] + start / a_second, one[1] + end / a_second


def _quiet(voice: Recording) -> NDArray[np.bool_]:
    """Of each column of the envelope whether nobody speaks: somebody may say what is no word of the text."""
    import numpy as np

    heights = np.abs(voice.envelope).max(axis=1)
    if not len(heights):
        return np.zeros(0, np.bool_)
    room = float(np.quantile(heights, 0.1))
    near = np.lib.stride_tricks.sliding_window_view(np.pad(heights, _CLICK // 2, mode="edge"), _CLICK)
    quiet: NDArray[np.bool_] = np.median(near, axis=1) <= max(_SPOKEN * float(heights.max()), _ABOVE_ROOM * room)
    return quiet


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, end) of each row of True."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _pauses(attempt: Attempt, scale: _Scale) -> Iterator[Box]:
    """Those of a break between rows stand in both."""
    for start, end in pauses(attempt):
        if scale.holds(start, end):
            x = scale.x(start)
            width = round(scale.x(end) - x, 1)
            text = f"{end - start:.2f} s"
            yield Box(x, width, text if width >= text_width(text, 12) else "", "pause")


# -- pitch ------------------------------------------------------------------------------------------------

Melody = list[tuple[float, float]]  # (second, semitones from the speaker's median); nan semitones part two stretches


def _melody(voice: Recording) -> Melody:
    """Within words only: elsewhere it is noise."""
    import numpy as np

    track = np.full(len(voice.pitch), np.nan)
    for start, end in filter(None, voice.times):
        cut = slice(int(start / FRAME), int(end / FRAME) + 1)
        track[cut] = voice.pitch[cut]
    voiced = np.isfinite(track)
    if voiced.sum() < 2 * _RUN:
        return []
    tones = 12 * np.log2(track)
    tones -= np.median(tones[voiced])
    tones[_slips(tones)] = np.nan
    return [(frame * FRAME, float(tone)) for frame, tone in enumerate(_smooth(tones))]


def _smooth(tones: Array) -> Array:
    """The mean of three voiced frames: the tracker counts whole samples, so it goes in steps."""
    import numpy as np

    near = np.lib.stride_tricks.sliding_window_view(np.pad(tones, 1, constant_values=np.nan), 3)
    known = np.isfinite(near)
    mean = np.where(known, near, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    smooth: Array = np.where(np.isfinite(tones), mean, np.nan)
    return smooth


def _slips(tones: Array) -> NDArray[np.bool_]:
    """Frames an octave off, and stretches too short to be heard as a tone."""
    import numpy as np

    bad = ~(np.abs(tones) <= _OCTAVE)
    for start, end in _runs(~bad):
        if end - start < _RUN:
            bad[start:end] = True
    return bad


def _beneath(learner: Recording, model: Recording | None) -> Melody:
    """The model's melody, each word stretched to where the learner said it."""
    if model is None:
        return []
    melody, found = _melody(model), []
    for there, here in zip(model.times, learner.times, strict=True):
        if there and here:
            found += [*_moved(melody, there, here), (here[1], float("nan"))]
    return sorted(found, key=lambda point: point[0])


def _moved(melody: Melody, there: Times, here: Times) -> Iterator[tuple[float, float]]:
    assert there is not None
    assert here is not None
    for second, tone in melody:
        if there[0] <= second <= there[1]:
            yield here[0] + (second - there[0]) / (there[1] - there[0]) * (here[1] - here[0]), tone


def _range(*melodies: Melody) -> int:
    import numpy as np

    tones = [abs(tone) for melody in melodies for _, tone in melody if np.isfinite(tone)]
    return int(np.ceil(max(_LEAST_RANGE, float(np.quantile(tones, 0.98))))) if tones else int(_LEAST_RANGE)


def _path(melody: Melody, scale: _Scale, reach: int) -> str:
    """Drawn from one voiced frame to the next; parted where there is none between."""
    parts: list[str] = []
    pen = "M"
    for second, tone in melody:
        if tone != tone or not scale.start <= second <= scale.end:  # nan is unequal to itself
            pen = "M"
            continue
        parts.append(f"{pen}{scale.x(second)} {_height(tone, reach)}")
        pen = "L"
    return "".join(parts)


def _height(tone: float, reach: int) -> float:
    return round(PITCH / 2 - max(-reach, min(reach, tone)) / reach * (PITCH / 2 - 4), 1)


# -- letters ----------------------------------------------------------------------------------------------


def text_width(text: str, size: float) -> float:
    """About, in pixels: DejaVu Sans is as wide as any usual font."""
    return sum(map(_letter, text)) * size


def _letter(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "iljtfrI1.,:;'’!|()[] ":
        return 0.4
    return 0.95 if letter in "mwMW@%" else 0.75 if letter.isupper() else 0.62
