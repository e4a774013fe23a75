"""What a report keeps of a recording."""

from collections.abc import Sequence

import numpy as np
import pytest

from aihear_voice.audio.save import flac
from aihear_voice.pronunciation import by_phones
from aihear_voice.pronunciation.results import Report, refusal
from aihear_voice.pronunciation.showing.attempt import Album, Attempt, Times, record, times_in, times_of
from aihear_voice.pronunciation.showing.figure import draw, pauses
from aihear_voice.pronunciation.text.phones import look_up
from aihear_voice.pronunciation.text.words import split
from aihear_voice.types import Audio
from tests import rigs
from tests.unit.pronunciation.attempts import report

TEXT = "I think the weather is good."


def judged(samples: np.ndarray) -> Report:
    found = by_phones.assess(TEXT, look_up(split(TEXT)), Audio(samples))
    assert found.refused is None
    return found


def no_model(report: Report, language: str) -> None:
    return None


def test_words_of_another_voice_are_found_where_it_says_them() -> None:
    words = split(TEXT)
    parts = [rigs.speech(word, "flite:rms") for word in words]
    starts = np.cumsum([0.4, *(len(part) / rigs.RATE + 0.4 for part in parts)])
    model = Audio(rigs.join(0.4, *(piece for part in parts for piece in (part, 0.4))))
    times = times_in(model, judged(rigs.join(0.3, rigs.speech(TEXT), 0.3)))
    assert len(times) == len(words)
    for (start, end), begins, part in zip(filter(None, times), starts, parts, strict=False):
        length = len(part) / rigs.RATE  # with a little silence at its ends
        assert begins - 0.1 < start < end < begins + length + 0.1
        assert end - start > length / 4


def trimmed(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(abs(samples) > 0.01)
    return samples[loud[0] : loud[-1]]


def test_pauses_are_where_nobody_speaks() -> None:
    words = [trimmed(rigs.speech(word)) for word in split(TEXT)]
    filler = trimmed(rigs.speech("banana"))
    said = rigs.join(0.3, words[0], 0.6, words[1], 0.2, filler, 0.2, *words[2:], 0.5)
    room = rigs.noise(len(said) / rigs.RATE, 0.001)
    found = judged(said + room)
    made = Attempt(found, learner=record(Audio(said + room), times_of(found), flac))
    long = [(start, end) for start, end in pauses(made) if end - start > 0.4]
    begins = 0.3 + len(words[0]) / rigs.RATE
    assert len(long) == 1
    assert long[0][0] == pytest.approx(begins, abs=0.15)
    assert long[0][1] == pytest.approx(begins + 0.6, abs=0.15)
    spoken = begins + 0.6 + len(words[1]) / rigs.RATE + 0.2
    middle = spoken + len(filler) / rigs.RATE / 2
    assert not [each for each in pauses(made) if each[0] < middle < each[1]]


def test_the_pitch_of_the_model_lies_over_the_learners_words() -> None:
    seconds = np.arange(rigs.RATE) / rigs.RATE

    def glide(low: float, high: float) -> np.ndarray:
        phase = 2 * np.pi * np.cumsum(np.linspace(low, high, rigs.RATE)) / rigs.RATE
        return (0.2 * np.sin(phase) + 0.1 * np.sin(2 * phase) + 0 * seconds).astype(np.float32)

    made = report()
    learner_times: list[Times] = [(0.5, 1.5), None, (2.0, 3.0), None]
    model_times: list[Times] = [(0.0, 1.0), (1.0, 1.2), (1.2, 2.2), None]
    learner = record(Audio(rigs.join(0.5, glide(100, 150), 0.5, glide(150, 100), 0.5)), learner_times, flac)
    model = record(Audio(rigs.join(glide(200, 300), 0.2, glide(300, 200))), model_times, flac)
    figure = draw(Attempt(made, learner=learner, model=model))
    assert figure is not None
    (row,) = figure.rows
    own, other = (dict(points(path)) for path in (row.learner, row.model))
    shared = sorted(own.keys() & other.keys())
    assert len(shared) > 100
    assert np.mean([abs(own[x] - other[x]) for x in shared]) < 4  # an octave apart, yet the same melody


def points(path: str) -> list[tuple[float, float]]:
    pairs = path.replace("M", "L").split("L")[1:]
    return [(round(float(x)), float(y)) for x, y in (pair.split() for pair in pairs)]


def test_rows_break_between_words() -> None:
    said = rigs.join(0.3, *(piece for word in split(TEXT) * 3 for piece in (rigs.speech(word), 0.3)))
    times: Sequence[Times] = [(0.3 + place * 0.6, 0.3 + place * 0.6 + 0.5) for place in range(18)]
    words = tuple(report().words[0] for _ in times)
    made = Report("x", "", 1.0, 1.0, 1.0, 1.0, 1.0, words, method="phones")
    figure = draw(Attempt(made, learner=record(Audio(said), times, flac)))
    assert figure is not None
    assert len(figure.rows) == 3
    assert sum(len(row.words) for row in figure.rows) == 18
    assert {round(box.width) for row in figure.rows for box in row.words} == {
        round(figure.rows[0].words[0].width)
    }  # seconds are as wide everywhere


def test_sound_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Album, "LIMIT", 100_000)
    album = Album(flac, no_model)
    sound = Audio(rigs.speech(TEXT))
    for _ in range(20):
        album.add(refusal(TEXT, "noise"), sound, "en")
    album.add(refusal(TEXT, "noise"), None, "en")
    heard = [attempt.learner is not None for attempt in album.attempts]
    assert heard == sorted(heard, reverse=True)
    assert 1 < sum(heard) < 10
    assert [attempt.left_out for attempt in album.attempts] == [not each for each in heard[:-1]] + [False]


@pytest.mark.parametrize("count", [0, 1, 100, 700])
def test_recordings_of_next_to_nothing(count: int) -> None:
    album = Album(flac, no_model)
    album.add(refusal(TEXT, "too_short"), Audio(np.full(count, 0.1, np.float32)), "en")
    assert (draw(album.attempts[0]) is None) == (count == 0)


def test_a_picture_has_so_many_attempts_and_no_sound() -> None:
    album = Album(lambda audio: b"", no_model, most=1)
    for name in ("one", "two"):
        album.add(report(), Audio(rigs.noise(1.0, 0.1)), "en", name)
    one, two = album.attempts
    assert one.learner is not None
    assert one.learner.size == 0
    assert draw(one) is not None
    assert two.learner is None
