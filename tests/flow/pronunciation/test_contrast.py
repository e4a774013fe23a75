"""Minimal pairs by real speech: two words, one word twice, both the wrong way round, and something else."""

import pytest

from aihear_voice.pronunciation.coaching.contrast import likelier, tell_apart
from aihear_voice.pronunciation.coaching.practice import pair_in
from aihear_voice.types import Audio
from tests import rigs

VOICES = ("flite:slt", "flite:rms")
PAIRS = ("right and light", "bed and bad")


def said(*words: str, voice: str) -> Audio:
    spoken = [part for word in words for part in (rigs.speech(word, voice), 0.3)]
    return Audio(rigs.join(0.4, *spoken, 0.2))


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("words", PAIRS)
def test_two_words_are_told_apart_and_one_said_twice_is_not(words: str, voice: str) -> None:
    pair = pair_in(words)
    assert pair is not None
    one, two = pair.words
    assert tell_apart(pair, said(one, two, voice=voice)).verdict == "apart"
    for twice in pair.words:
        assert tell_apart(pair, said(twice, twice, voice=voice)).verdict != "apart"
    assert tell_apart(pair, said(two, one, voice=voice)).verdict == "swapped"


@pytest.mark.parametrize("text", ["What time is it?", "Please send the report to John by Friday."])
def test_another_text_is_refused(text: str) -> None:
    pair = pair_in("right and light")
    assert pair is not None
    told = tell_apart(pair, said(text, voice="flite:rms"))
    assert (told.verdict, told.why) == (None, "different")


def test_noise_and_too_little_are_refused() -> None:
    pair = pair_in("right and light")
    assert pair is not None
    assert tell_apart(pair, Audio(rigs.noise(2, rms=0.05))).why == "noise"
    assert tell_apart(pair, Audio(rigs.speech("a", "flite:rms")[:1600])).verdict is None


@pytest.mark.parametrize("voice", VOICES)
def test_which_of_two_texts_was_said(voice: str) -> None:
    assert likelier("vegetable", "stop", said("vegetable", voice=voice))
    assert not likelier("vegetable", "stop", said("stop", voice=voice))
    assert not likelier("the weather is good", "try again", said("try again", voice=voice))
