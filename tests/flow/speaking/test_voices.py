"""The real voice in its worker process."""

import threading

import numpy as np
import pytest

from aihear_voice.errors import DeviceError, SettingsError
from aihear_voice.settings import load
from aihear_voice.speaking.voices import Pyttsx3Voice
from tests.rigs import need, resample, rms
from tests.words import transcribed


@pytest.fixture
def voice():
    need("espeak-ng")
    made = []

    def make(*flags):
        made.append(Pyttsx3Voice(load(flags, env={}).speaking))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_sentences_become_sound_one_after_the_other(voice, capfd):
    speaker = voice()
    heard = []
    for text in ("What time is it?", "Set a timer for five minutes.", "What time is it?"):
        samples, rate = speaker.synthesise(text, "en")
        assert samples.dtype == np.float32
        assert np.abs(samples).max() <= 1
        heard.append(transcribed(resample(samples, rate, 16000)).lower())
    assert "what time is it" in heard[0]
    assert "timer" in heard[1]
    assert "what time is it" in heard[2]
    assert capfd.readouterr().out == "", "the voice prints into what other programs read"


@pytest.mark.parametrize("language", ["de", "es", "fr", "zh"])
def test_each_language_has_a_voice_of_its_own(voice, language):
    text = {"zh": "现在是三点"}.get(language, "Radio Information")
    speaker = voice()
    theirs, _ = speaker.synthesise(text, language)
    english, _ = speaker.synthesise(text, "en")
    assert rms(theirs) > 0.01
    assert len(theirs) != len(english) or not np.allclose(theirs, english)


def test_chinese_is_spoken_not_spelled_in_english(voice):
    """Espeak's "cmn" reads most of it by the letters of its pinyin, and takes 4 s for eight syllables."""
    samples, rate = voice().synthesise("现在是下午三点整", "zh")
    assert len(samples) / rate < 3.5


def test_the_wanted_voice_speaks_its_own_language_only(voice):
    chosen = voice("speaking.voice=scotland")
    plain = voice()
    scottish, usual = (v.synthesise("Good morning to you", "en")[0] for v in (chosen, plain))
    assert len(scottish) != len(usual) or not np.allclose(scottish, usual)
    text = "Es ist zwanzig nach sieben"
    german = len(chosen.synthesise(text, "de")[0])
    assert german == pytest.approx(len(plain.synthesise(text, "de")[0]), rel=0.03)
    assert german != pytest.approx(len(plain.synthesise(text, "en")[0]), rel=0.03)


def test_rate_and_volume_are_heard(voice):
    usual, _ = voice().synthesise("This is how fast I speak", "en")
    slow, _ = voice("speaking.rate=100").synthesise("This is how fast I speak", "en")
    soft, _ = voice("speaking.volume=0.2").synthesise("This is how fast I speak", "en")
    assert len(slow) > 1.3 * len(usual)
    assert rms(soft) < 0.5 * rms(usual)


def test_a_sentence_can_be_said_slower_than_usual(voice):
    speaker = voice()
    usual, _ = speaker.synthesise("The quick brown fox", "en")
    for number in range(8):  # the rate of the sentence before must not stay
        slow, _ = speaker.synthesise(f"The quick brown fox{'.' * number}", "en", 0.6)
        again, _ = speaker.synthesise(f"The quick brown fox{'.' * number}", "en")
        assert len(slow) > 1.3 * len(usual)
        assert len(again) < 1.1 * len(usual)


def test_an_unknown_voice_is_told_with_near_names(voice):
    with pytest.raises(SettingsError) as told:
        voice("speaking.voice=Germn").synthesise("hello", "en")
    assert "German" in told.value.hint


def test_nothing_to_say_is_silence(voice):
    samples, rate = voice().synthesise(" ", "en")
    assert len(samples) == 0
    assert rate > 0


def test_a_voice_that_died_speaks_again(voice):
    speaker = voice()
    speaker.synthesise("hello", "en")
    killer = threading.Timer(0.3, speaker.close)
    killer.start()
    with pytest.raises(DeviceError):
        speaker.synthesise("A text as long as a book, again and again. " * 20_000, "en")
    assert len(speaker.synthesise("hello again", "en")[0]) > 1000
