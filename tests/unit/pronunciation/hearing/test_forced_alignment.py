import itertools

import numpy as np
import pytest

from aihear_voice.pronunciation.hearing.analysis import choose, lay, listen
from aihear_voice.pronunciation.text.phones import look_up, pronunciations
from tests import rigs


def ways(text: str) -> list[tuple[str, ...]]:
    return [pronunciations(word)[0] for word in text.split()]


@pytest.mark.parametrize("voice", ["flite:slt", "flite:rms", "espeak:en-us+benjamin"])
def test_words_are_found_where_they_are(voice: str) -> None:
    first, second = rigs.speech("weather", voice), rigs.speech("yesterday", voice)
    analysis = lay(listen(rigs.join(0.5, first, 0.8, second, 0.5)), ways("weather yesterday"))
    assert analysis is not None
    one, two = analysis.aligned.words
    gap = 0.5 + len(first) / rigs.RATE
    assert one[0].start / 100 >= 0.45
    assert one[-1].end / 100 <= gap + 0.1
    assert two[0].start / 100 >= gap + 0.7
    assert two[-1].end / 100 <= gap + 0.8 + len(second) / rigs.RATE + 0.1
    for spans in (one, two):
        assert all(before.end == after.start for before, after in itertools.pairwise(spans))


def test_left_out_words_are_skipped_at_the_start_in_the_middle_and_at_the_end() -> None:
    sound = listen(rigs.join(0.3, rigs.speech("the weather is good"), 0.3))
    words = "tomorrow the weather kitchen is good garage"
    skipped = [word is None for word in lay(sound, ways(words)).lenient[0].words]
    assert skipped == [True, False, False, True, False, False, True]


def test_other_speech_between_words() -> None:
    sound = rigs.join(
        0.3, rigs.speech("the weather"), 0.2, rigs.speech("banana pudding"), 0.2, rigs.speech("is good"), 0.3
    )
    analysis = lay(listen(sound), ways("the weather is good"))
    assert sum(other.frames for other in analysis.lenient[-1].others) > 40


def test_too_short_for_the_text() -> None:
    assert lay(listen(np.zeros(1600, np.float32)), ways("the weather is good")) is None


def test_the_way_that_was_said_is_chosen() -> None:
    rigs.need("espeak-ng")
    words = look_up(["tomato"])
    assert len(words[0].ways) > 1
    for way, spelled in (("AA", "[[t@m'A:toU]]"), ("EY", "[[t@m'eItoU]]")):
        sound = listen(rigs.join(0.3, rigs.speech(spelled, "espeak:en-us+m7"), 0.3))
        assert way in " ".join(choose(sound, [words[0].ways])[0])
