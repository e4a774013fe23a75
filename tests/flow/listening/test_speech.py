"""Voice activity and the end of an utterance, on synthesised speech in a quiet and in a noisy room."""

import numpy as np
import pytest

from aihear_voice import settings as settings_module
from aihear_voice.listening.activity import SileroActivity
from aihear_voice.listening.endpointing import SilenceEndpointer
from aihear_voice.types import FRAME_SAMPLES, SAMPLE_RATE, Audio, Heard

from ...rigs import RATE, join, noise, rms, speech

ENDS = settings_module.load(env={}).endpointing
VOICES = ["flite:slt", "flite:kal16", "espeak:en-us+Alicia", "espeak:de", "espeak:es", "espeak:cmn"]
TEXTS = {"espeak:de": "wie spät ist es", "espeak:es": "qué hora es", "espeak:cmn": "现在几点了"}


@pytest.fixture(scope="module")
def silero():
    return SileroActivity()


def heard(silero, samples):
    silero.reset()
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        frame = Audio(samples[at : at + FRAME_SAMPLES], at / SAMPLE_RATE)
        yield Heard(frame, silero.probability(frame))


def spoken(voice):
    samples = speech(TEXTS.get(voice, "what time is it"), voice)
    loud = np.flatnonzero(np.abs(samples) > 0.03 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def endpoint(silero, samples, **options):
    endpointer = SilenceEndpointer(ENDS, **({"silence_s": ENDS.silence_s, "wait_s": 5.0} | options))
    state = "waiting"
    for item in heard(silero, samples):
        state = endpointer.push(item)
        if state in ("ended", "nothing", "cap"):
            return endpointer, state, item.frame.end
    return endpointer, state, len(samples) / RATE


def test_no_answer_comes_before_the_first_frame_is_known(silero):
    answers = [item.speech for item in heard(silero, np.zeros(FRAME_SAMPLES * 10, np.float32))]
    assert answers[0] is None
    assert all(answer is not None and answer < 0.2 for answer in answers[1:])


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("snr", [None, 15, 8])
def test_speech_is_found_and_ends(silero, voice, snr):
    samples = spoken(voice)
    room = 3e-4 if snr is None else rms(samples) * 10 ** (-snr / 20)
    sound = join(1.5, samples, 2.0)
    endpointer, state, at = endpoint(silero, sound + noise(len(sound) / RATE, room))
    end = 1.5 + len(samples) / RATE
    assert state == "ended"
    assert endpointer.speech_start == pytest.approx(1.5, abs=0.4)  # weak first sounds are what the pre-roll is for
    assert endpointer.speech_end == pytest.approx(end, abs=0.3)
    assert at == pytest.approx(end + ENDS.silence_s, abs=0.35)


@pytest.mark.parametrize("what", ["white", "hum", "clicks"])
def test_noise_is_no_speech(silero, what):
    t = np.arange(6 * RATE) / RATE
    clicks = np.zeros(len(t))
    clicks[:: RATE // 3] = 0.9
    sounds = {"white": noise(6, 0.05), "hum": 0.1 * np.sin(2 * np.pi * 100 * t), "clicks": clicks}
    endpointer, state, _ = endpoint(silero, sounds[what].astype(np.float32))
    assert state == "nothing"
    assert endpointer.speech_start is None


def test_pauses_inside_an_utterance_do_not_end_it(silero):
    parts = ["set a timer", "for ten minutes", "and call it tea"]
    sound = join(0.5, *(piece for text in parts for piece in (speech(text), 0.25)), 2.0)
    _, state, at = endpoint(silero, sound + noise(len(sound) / RATE, 3e-4))
    assert state == "ended"
    assert at > len(sound) / RATE - 1.9


@pytest.mark.parametrize("pause", [0.0, 0.3, 1.0, 3.0])
def test_after_the_wake_word(silero, pause):
    """From where the phrase ends: its tail, a pause, the command."""
    tail = speech("hey jarvis")[-int(0.35 * RATE) :]
    command = spoken("flite:rms")
    sound = join(tail[: int(0.1 * RATE)], pause, command, 2.0)
    endpointer, state, _ = endpoint(silero, sound + noise(len(sound) / RATE, 3e-4), grace_s=0.25)
    assert state == "ended"
    assert endpointer.speech_end == pytest.approx(0.1 + pause + len(command) / RATE, abs=0.3)


@pytest.mark.parametrize("word", ["stop", "yes", "no", "mute"])
@pytest.mark.parametrize("voice", ["flite:slt", "espeak:en-us+max"])
def test_a_single_short_word_is_an_utterance(silero, voice, word):
    sound = join(1.0, speech(word, voice), 2.0)
    endpointer, state, _ = endpoint(silero, sound + noise(len(sound) / RATE, 3e-4))
    assert state == "ended"
    assert endpointer.speech_start == pytest.approx(1.0, abs=0.25)
