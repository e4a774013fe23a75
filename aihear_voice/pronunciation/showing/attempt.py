"""What a report shows of an attempt beside its scores: the learner's voice, and a model voice that says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...types import SAMPLE_RATE, Audio
from ..hearing import pitch
from ..hearing.analysis import outline
from ..hearing.forced_alignment import FRAME
from ..results import Report
from ..text.phones import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...types import Samples

Times = tuple[float, float] | None  # seconds from the start; None for a word that is not there
Encode = Callable[[Audio], bytes]  # sound in a form that browsers play

_COLUMN = SAMPLE_RATE // 200  # samples: 5 ms
_MARGIN = 0.02  # seconds around a word, so that its first and last sound are whole
_FADE = SAMPLE_RATE // 200


@dataclass(frozen=True, eq=False, slots=True)
class Recording:
    """seconds: its length
    envelope: the lowest and the highest sample of each 5 ms, shape (n, 2)
    pitch: Hz of each 10 ms, nan without voice
    times: of each word of the text
    sound: all of it, encoded; clips: each word, b"" where it is not there
    """

    seconds: float
    envelope: NDArray[np.float32]
    pitch: NDArray[np.float64]
    times: tuple[Times, ...]
    sound: bytes
    clips: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of sound."""
        return len(self.sound) + sum(map(len, self.clips))


@dataclass(frozen=True, eq=False, slots=True)
class Attempt:
    """name: by which the caller knows it, "" for none
    left_out: there is a recording, but it would have been too much
    """

    report: Report
    name: str = ""
    learner: Recording | None = None
    model: Recording | None = None
    left_out: bool = False


def record(audio: Audio, times: Sequence[Times], encode: Encode) -> Recording:
    clips = tuple(encode(_word(audio, *each)) if each else b"" for each in times)
    envelope, track = _envelope(audio.samples), pitch.track(audio.samples)
    return Recording(audio.duration, envelope, track, tuple(times), encode(audio), clips)


def times_of(report: Report) -> tuple[Times, ...]:
    """Where the check found each word."""
    return tuple(
        (word.start, word.end) if word.start is not None and word.end is not None and word.end > word.start else None
        for word in report.words
    )


def times_in(model: Audio, report: Report) -> tuple[Times, ...]:
    """Where a voice that reads the text says each word; by the phones that the learner was judged by."""
    laid = outline(model.samples).lay([[base(phone.phone) for phone in word.phones] for word in report.words])
    if laid is None:
        return (None,) * len(report.words)
    return tuple((each[0].start * FRAME, each[-1].end * FRAME) if each else None for each in laid.words)


def _word(audio: Audio, start: float, end: float) -> Audio:
    """Faded in and out, else it clicks."""
    import numpy as np

    first = max(0, round((start - _MARGIN) * SAMPLE_RATE))
    samples = audio.samples[first : round((end + _MARGIN) * SAMPLE_RATE)].copy()
    if len(samples) > 2 * _FADE:
        ramp = np.linspace(0, 1, _FADE, dtype=np.float32)
        samples[:_FADE] *= ramp
        samples[-_FADE:] *= ramp[::-1]
    return Audio(samples)


def _envelope(samples: Samples) -> NDArray[np.float32]:
    import numpy as np

    columns = samples[: len(samples) // _COLUMN * _COLUMN].reshape(-1, _COLUMN)
    envelope: NDArray[np.float32] = np.stack([columns.min(axis=1), columns.max(axis=1)], axis=1)
    return envelope


class Album:
    """The attempts of one report, in order.

    Once they hold LIMIT bytes of sound, the further ones have neither sound nor picture: a page with the sound of a
    thousand attempts would not open.
    """

    LIMIT = 16_000_000

    def __init__(
        self,
        encode: Encode,
        model: Callable[[Report, str], tuple[Audio, Sequence[Times]] | None],
        most: int | None = None,
    ) -> None:
        """model: the report's text by another voice, and where its words are; None where that is not to be had.
        most: of attempts with a picture, where there is no sound to count"""
        self.attempts: list[Attempt] = []
        self._most = most
        self._encode = encode
        self._model = model
        self._size = 0

    def add(self, report: Report, audio: Audio | None, language: str, name: str = "") -> None:
        """audio: None where it could not be read; language: of the text, "" where unknown"""
        if audio is None or not len(audio.samples) or self._full():
            self.attempts.append(Attempt(report, name, left_out=audio is not None))
            return
        learner = record(audio, times_of(report), self._encode)
        spoken = self._model(report, language) if report.refused is None else None
        model = record(*spoken, self._encode) if spoken else None
        self._size += learner.size + (model.size if model else 0)
        self.attempts.append(Attempt(report, name, learner, model))

    def _full(self) -> bool:
        return self._size >= self.LIMIT or (self._most is not None and len(self.attempts) >= self._most)
