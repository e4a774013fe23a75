"""What each moment sounds like whatever the text says: scores of all phones, and the best free row of phones."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .acoustic import SILENCE, STATES, AcousticModel
from .forced_alignment import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

_NEW_PHONE = 6.0  # what each phone of the free row costs, natural log units
FILLERS = ("+NSN+", "+SPN+")


@cache
def names(model: AcousticModel) -> tuple[str, ...]:
    """The phones that are scored: all 39 of CMUdict, then silence."""
    return (*(phone for phone in model.phones if phone not in (*FILLERS, SILENCE)), SILENCE)


@cache
def _groups(model: AcousticModel) -> tuple[NDArray[np.int64], ...]:
    """The senones of each state of each phone, whatever its context."""
    import numpy as np

    base = np.zeros(len(model.sequence_of), np.int64)
    base[: len(model.phones)] = np.arange(len(model.phones))
    book = np.empty(model.weights[0].shape[1], np.int64)
    for number, senones in enumerate(model.senones_of):
        book[senones] = number
    owner = book[model.sequences[:, 0]]
    groups = []
    for phone in names(model):
        mine = model.sequences[owner == model.phones.index(phone)]
        groups += [np.unique(mine[:, state]) for state in range(STATES)]
    return tuple(groups)


def state_scores(scores: Matrix, model: AcousticModel) -> Matrix:
    """The best senone of each phone's three states. Shape (frames, 40, 3)."""
    import numpy as np

    best = np.stack([scores[:, group].max(axis=1) for group in _groups(model)], axis=1)
    return best.reshape(len(scores), -1, STATES)


def log_posteriors(states: Matrix) -> Matrix:
    """Of the phones, each by its best state, all equally likely beforehand. Shape (frames, 40)."""
    return log_normal(states.max(axis=2))


def log_normal(logs: Matrix) -> Matrix:
    """So that the probabilities of the last axis sum to 1."""
    import numpy as np

    shifted = logs - logs.max(axis=-1, keepdims=True)
    normal: Matrix = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normal


def free_row(states: Matrix) -> list[tuple[int, Span]]:
    """The phones that fit best without any text: numbers of `names`, in order, with their frames."""
    import numpy as np

    frames, phones, _ = states.shape
    score = np.full((phones, STATES), -1e30)
    begin = np.zeros(phones)
    entered = np.zeros((frames, phones, STATES), bool)
    came = np.zeros(frames, np.int64)  # the phone that ended best
    for frame in range(frames):
        arriving = np.concatenate([begin[:, None], score[:, :-1]], axis=1)
        entered[frame] = arriving > score
        score = np.maximum(score, arriving) + states[frame]
        came[frame] = score[:, -1].argmax()
        begin = np.full(phones, score[came[frame], -1] - _NEW_PHONE)
    return _back(entered, came)


def _back(entered: NDArray[np.bool_], came: NDArray[np.int64]) -> list[tuple[int, Span]]:
    row = []
    frame = len(came) - 1
    while frame >= 0:
        phone, end = int(came[frame]), frame + 1
        for state in range(STATES - 1, -1, -1):
            while not entered[frame, phone, state] and frame > 0:
                frame -= 1
            frame -= 1
        row.append((phone, Span(frame + 1, end)))
    return row[::-1]
