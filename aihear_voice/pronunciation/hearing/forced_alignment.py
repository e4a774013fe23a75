"""When each phone of a text was said: the best way of the recording through the text's phones (Viterbi).

Words may be left out at a cost; before, between and after the words there may be silence, or other speech
(a hesitation, a word said twice, one too many), at a cost a frame below that of the best phone there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .acoustic import SILENCE, STATES, AcousticModel, Position

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.floating[Any]]
    Matrix = NDArray[np.float32]  # shape (frames, n)

FRAME = 0.01  # seconds
NEVER = 1e30
NO_SKIP = 1e6  # of the same scale as scores, so that sums keep their digits
_SILENCE = 2.0  # to begin a silence


@dataclass(frozen=True, slots=True)
class Costs:
    """In natural log units. skip: of leaving a word out; other: of beginning other speech, other_frame: a frame of it,
    below the best phone there (good speech lies 4-6 below it)."""

    skip: float = NO_SKIP
    other: float = 20.0
    other_frame: float = 8.0


FORCED = Costs()


@dataclass(frozen=True, slots=True)
class Span:
    """Frames [start, end)."""

    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Aligned:
    """words: of each word its phones' spans, None where it was left out
    states: of each word's phones the frames at which its second and third state begin
    others: spans of speech that is no word of the text
    score: log likelihood of the whole way
    """

    words: tuple[tuple[Span, ...] | None, ...]
    states: tuple[tuple[tuple[int, int], ...] | None, ...]
    others: tuple[Span, ...]
    score: float


def align(
    words: Sequence[Sequence[str]], model: AcousticModel, scores: Matrix, best: Matrix, costs: Costs = FORCED
) -> Aligned | None:
    """words: phones of each; scores: of the senones, shape (frames, senones); best: of each frame's best phone, shape
    (frames,). None where the recording is too short for the text."""
    return _Chain(words, model, costs).way(scores, best)


def in_context(words: Sequence[Sequence[str]], model: AcousticModel) -> list[list[Sequence[int]]]:
    """The senones of each word's phones; words stand next to each other without a pause."""
    flat = [phone for word in words for phone in word]
    around = [SILENCE, *flat, SILENCE]
    found, place = [], 0
    for word in words:
        mine = []
        for index, phone in enumerate(word):
            position = _position(index, len(word))
            mine.append(model.senones(phone, around[place], around[place + 2], position))
            place += 1
        found.append(mine)
    return found


def _position(index: int, length: int) -> Position:
    if length == 1:
        return "single"
    return "begin" if index == 0 else "end" if index == length - 1 else "inside"


class _Chain:
    """States in a row: the words' (three a phone), then a silence before each word and after the last, then other
    speech at the same places. A boundary stands before each word and after the last."""

    def __init__(self, words: Sequence[Sequence[str]], model: AcousticModel, costs: Costs) -> None:
        import numpy as np

        senones = in_context(words, model)
        self.senones = np.array([state for word in senones for phone in word for state in phone], np.int64)
        lengths = np.array([STATES * len(word) for word in words], np.int64)
        self.first = np.cumsum(lengths) - lengths
        self.last = self.first + lengths - 1
        self.words = words
        self.costs = costs
        self.silence = model.senones(SILENCE, SILENCE, SILENCE, "inside")

    def way(self, scores: Matrix, best: Matrix) -> Aligned | None:
        import numpy as np

        count, boundaries = len(self.senones), len(self.first) + 1
        inside = scores[:, self.senones]
        quiet = scores[:, self.silence].max(axis=1)
        skips = np.arange(boundaries) * self.costs.skip
        state = np.full(count, -NEVER)
        silence, other = np.full(boundaries, -NEVER), np.full(boundaries, -NEVER)
        boundary = -skips  # of the frame before the first
        trace = _Trace(len(scores), count, boundaries)
        for frame in range(len(scores)):
            entered = np.concatenate([[-NEVER], state[:-1]])
            entered[self.first] = boundary[:-1]
            trace.entered[frame] = entered > state
            state = np.maximum(state, entered) + inside[frame]
            into_silence, into_other = boundary - _SILENCE, boundary - self.costs.other
            trace.quiet[frame] = into_silence > silence
            trace.other[frame] = into_other > other
            silence = np.maximum(silence, into_silence) + quiet[frame]
            other = np.maximum(other, into_other) + best[frame] - self.costs.other_frame
            ends = np.stack([np.concatenate([[-NEVER], state[self.last]]), silence, other])
            kind = ends.argmax(axis=0)
            boundary = self._skipped(ends.max(axis=0), skips, kind, frame, trace)
        way = self._aligned(trace, float(boundary[-1]))
        return None if self.costs.skip >= NO_SKIP and None in way.words else way

    def _skipped(
        self,
        arrived: Array,
        skips: Array,
        kind: NDArray[np.int64],
        frame: int,
        trace: _Trace,
    ) -> Array:
        """Each boundary may also be reached from an earlier one, past the words between."""
        import numpy as np

        lifted = arrived + skips
        reached = np.maximum.accumulate(lifted)
        origin = np.maximum.accumulate(np.where(lifted >= reached, np.arange(len(lifted)), 0))
        trace.origin[frame], trace.kind[frame] = origin, kind
        skipped: Array = reached - skips
        return skipped

    def _aligned(self, trace: _Trace, score: float) -> Aligned:
        """Back from the end."""
        starts: dict[int, int] = {}  # of each state that was passed
        ends: dict[int, int] = {}
        others: list[Span] = []
        frame, boundary = len(trace.kind) - 1, len(self.first)
        while frame >= 0:
            boundary, kind = int(trace.origin[frame, boundary]), int(trace.kind[frame, trace.origin[frame, boundary]])
            end = frame + 1
            if kind == 0:
                boundary -= 1
                frame = self._back_through_word(boundary, frame, trace, starts, ends)
                continue
            begun = trace.quiet if kind == 1 else trace.other
            while not begun[frame, boundary]:
                frame -= 1
            if kind == 2:
                others.append(Span(frame, end))
            frame -= 1
        return self._spans(starts, ends, others, score)

    def _back_through_word(
        self, word: int, frame: int, trace: _Trace, starts: dict[int, int], ends: dict[int, int]
    ) -> int:
        for state in range(self.last[word], self.first[word] - 1, -1):
            ends[state] = frame + 1
            while not trace.entered[frame, state]:
                frame -= 1
            starts[state] = frame
            frame -= 1
        return frame

    def _spans(self, starts: dict[int, int], ends: dict[int, int], others: list[Span], score: float) -> Aligned:
        spans: list[tuple[Span, ...] | None] = []
        states: list[tuple[tuple[int, int], ...] | None] = []
        for first, last in zip(self.first, self.last, strict=True):
            if first not in starts:
                spans.append(None)
                states.append(None)
                continue
            phones = range(first, last + 1, STATES)
            spans.append(tuple(Span(starts[phone], ends[phone + STATES - 1]) for phone in phones))
            states.append(tuple((starts[phone + 1], starts[phone + 2]) for phone in phones))
        return Aligned(tuple(spans), tuple(states), tuple(others[::-1]), score)


class _Trace:
    """Where each state and boundary was reached from, by frame."""

    def __init__(self, frames: int, states: int, boundaries: int) -> None:
        import numpy as np

        self.entered = np.zeros((frames, states), bool)
        self.quiet = np.zeros((frames, boundaries), bool)
        self.other = np.zeros((frames, boundaries), bool)
        self.origin = np.zeros((frames, boundaries), np.int32)
        self.kind = np.zeros((frames, boundaries), np.int8)
