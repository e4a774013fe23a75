"""Which method judges, and what is refused before either."""

import numpy as np
import pytest

from aihear_voice.errors import SettingsError
from aihear_voice.pronunciation.check import assess, unheard
from aihear_voice.types import Audio, Transcript, Word
from tests import rigs


def heard(text: str, language: str = "en") -> Transcript:
    words = tuple(Word(word, 0.3 * place, 0.3 * place + 0.3, 0.9) for place, word in enumerate(text.split()))
    return Transcript(text, language, words, -0.2, 0.01, "test", 0.1)


def test_the_sound_alone_is_enough_to_refuse() -> None:
    silent, long = unheard("Hello", Audio(np.zeros(16_000, np.float32))), unheard("Hello", Audio(rigs.noise(31, 0.05)))
    assert silent is not None
    assert long is not None
    assert (silent.why, long.why) == ("silence", "too_long")
    assert unheard("Hello", Audio(rigs.speech("Hello"))) is None


def test_no_word_to_say() -> None:
    with pytest.raises(SettingsError):
        assess("... !", heard("Turn on"), Audio(rigs.speech("Hello")))


@pytest.mark.parametrize(
    ("target", "voice", "heard_as", "method"),
    [
        ("Turn on the kitchen lights.", "flite:slt", "en", "phones"),
        ("Turn on the kitchen lights.", "flite:slt", "de", "phones"),  # an accent that is taken for another language
        ("Ich wohne in Berlin.", "espeak:de", "de", "words"),
        ("Ich wohne in Berlin.", "espeak:de", "en", "words"),
        ("Vivo en Madrid.", "espeak:es", "es", "words"),
    ],
)
def test_the_language_of_the_text_chooses_the_method(target: str, voice: str, heard_as: str, method: str) -> None:
    assert assess(target, heard(target, heard_as), Audio(rigs.speech(target, voice))).method == method
