"""What the recogniser tells about each word of a text, on synthetic voices."""

import numpy as np
import pytest

from aihear_voice.pronunciation.hearing import forced_decoding
from aihear_voice.pronunciation.hearing.forced_decoding import Hearing, hear
from tests import rigs

WORDS = ["I", "think", "the", "weather", "is", "very", "good", "today"]
VOICES = ["flite:slt", "flite:rms", "espeak:en-us+f3"]
GAIN, MISSED = 0, 1  # columns


def heard(samples: np.ndarray) -> Hearing:
    hearing = hear(samples)
    assert hearing is not None, "the package moonshine-voice is there: make setup"
    return hearing


def spoken(words: list[str], voice: str) -> Hearing:
    return heard(rigs.join(0.3, rigs.speech(" ".join(words) + ".", voice), 0.3))


@pytest.mark.parametrize("voice", VOICES)
def test_words_that_were_said_make_the_text_likelier(voice: str) -> None:
    opinion = spoken(WORDS, voice).of(WORDS)
    assert opinion.words.shape[0] == len(WORDS)
    assert opinion.gaps.shape[0] == len(WORDS) + 1
    assert (opinion.words[:, GAIN] > 0).all()


def test_a_word_that_was_left_out_makes_it_less_likely() -> None:
    """Nearly always: "I the weather" may be taken for "I think weather"."""
    found = []
    for voice in VOICES:
        for left_out in range(1, len(WORDS)):
            said = [word for index, word in enumerate(WORDS) if index != left_out]
            found.append(spoken(said, voice).of(WORDS).words[:, GAIN].argmin() == left_out)
    assert sum(found) >= len(found) - 2


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("place", [1, 4, 7])
def test_a_word_too_many_is_missed_in_its_place(voice: str, place: int) -> None:
    missed = spoken([*WORDS[:place], "banana", *WORDS[place:]], voice).of(WORDS).gaps[:, MISSED]
    assert missed.argmax() == place


def test_any_text_and_any_sound_gives_numbers() -> None:
    for samples in (rigs.speech("Hello.", "flite:slt"), np.zeros(10, np.float32), rigs.noise(1.0, rms=0.1, seed=1)):
        for words in (["hello"], ["Zürich", "東京", "🙂", "I'm", "42"], ["a"] * 120):
            opinion = heard(samples).of(words)
            assert np.isfinite(opinion.words).all()
            assert np.isfinite(opinion.gaps).all()
            assert len(opinion.words) == len(words)


def test_tokens_are_those_that_the_recogniser_itself_writes() -> None:
    """Its own texts are the likeliest: cut in another way they would be far less likely."""
    opinion = spoken(WORDS, "flite:slt").of(WORDS)
    assert (opinion.gaps[:, MISSED] < 1).all()
    pieces = {number: piece for piece, number in forced_decoding._vocabulary().items()}
    for word in ("weather", "uncharacteristically", "o'clock"):
        written = b"".join(pieces[number] for number in forced_decoding._tokens(word, first=False)).decode()
        assert written == "▁" + word


def test_without_the_package_there_is_no_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forced_decoding, "_folder", lambda: None)
    assert hear(np.zeros(16000, np.float32)) is None
