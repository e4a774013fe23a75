import itertools

import numpy as np
import pytest

from aihear_voice.recognition import alignment


def cheapest(cost):
    """By the definition: every monotone path's sum, over the whole table."""
    total = np.full(cost.shape, np.inf)
    for i, j in np.ndindex(*cost.shape):
        before = [total[i - a, j - b] for a, b in ((1, 1), (1, 0), (0, 1)) if i >= a and j >= b]
        total[i, j] = cost[i, j] + min(before, default=0.0)
    return total[-1, -1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (4, 9), (9, 4), (23, 180)])
def test_the_path_is_complete_and_the_cheapest(shape):
    cost = np.random.default_rng(7).standard_normal(shape)
    rows, columns = alignment.dtw(cost)
    assert (rows[0], columns[0]) == (0, 0)
    assert (rows[-1] + 1, columns[-1] + 1) == shape
    moves = np.diff([rows, columns]).T
    assert all(tuple(move) in {(0, 1), (1, 0), (1, 1)} for move in moves)
    assert cost[rows, columns].sum() == pytest.approx(cheapest(cost), abs=1e-3)


def test_words_fill_the_span_by_their_length():
    times = alignment.spread([" a", " comfortable", " 5"], 1.0, 3.0)
    assert times[0][0] == 1.0
    assert times[-1][1] == 3.0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(times))
    longest = max(times, key=lambda word: word[1] - word[0])
    assert longest == times[1]
    assert alignment.spread([], 0.0, 1.0) == []
