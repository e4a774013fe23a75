"""The real Whisper code on the embedded checkpoint, in its real worker process."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from aihear_voice import settings
from aihear_voice.errors import ModelError, SettingsError
from aihear_voice.recognition.recogniser import WhisperRecogniser
from aihear_voice.types import Audio

from ... import rigs


def recogniser(*flags):
    return WhisperRecogniser(settings.load(["recognition.model=starter", "recognition.threads=1", *flags]).recognition)


@pytest.fixture(scope="module", params=["fast", "whisper"])
def starter(request):
    """Both engines have to pass the same tests."""
    made = recogniser(f"recognition.engine={request.param}")
    made.warm()
    yield made
    made.close()


def heard(starter, samples, purpose="assist", words=False):
    return starter.transcribe(Audio(np.asarray(samples, np.float32)), purpose, words)


REQUESTS = [
    ("What time is it?", "flite:rms", "en"),
    ("Turn on the kitchen lights.", "flite:slt", "en"),
    ("Close the window.", "espeak:en-us+linda", "en"),
    ("Take a screenshot.", "espeak:en-us+m7", "en"),
    ("Wie spät ist es?", "espeak:de+Alicia", "de"),
    ("Nächstes Lied.", "espeak:de+f3", "de"),
    ("¿Qué hora es?", "espeak:es+m7", "es"),
    ("Cierra la ventana.", "espeak:es+Alicia", "es"),
    ("打开浏览器。", "espeak:cmn+linda", "zh"),
    ("现在几点了?", "espeak:cmn+f3", "zh"),
]


@pytest.mark.parametrize(("text", "voice", "language"), REQUESTS)
def test_requests_are_heard_in_their_language(starter, text, voice, language):
    room = rigs.noise(4, 0.0005)
    spoken = rigs.join(0.5, rigs.speech(text, voice), 0.7)
    got = heard(starter, spoken + room[: len(spoken)])
    assert (got.text, got.language) == (text, language)
    assert got.reliable
    assert got.engine == f"starter ({starter.engine}, cpu)"
    assert got.compute_s > 0


@pytest.mark.parametrize("gain", [0.002, 0.02, 1.0])
def test_the_microphones_level_does_not_matter(starter, gain):
    spoken = rigs.speech("Turn on the kitchen lights.")
    assert heard(starter, spoken * np.float32(gain)).text == "Turn on the kitchen lights."


@pytest.mark.parametrize("seconds", [0.3, 2.0, 7.0, 40.0])
@pytest.mark.parametrize("level", [0.0, 0.0002, 0.01, 0.3])
def test_nothing_is_made_of_silence_and_noise(starter, seconds, level):
    got = heard(starter, rigs.noise(seconds, level))
    assert (got.text, got.reliable) == ("", False)


def test_nothing_is_made_of_clicks(starter):
    clicks = rigs.noise(4, 0.0005)
    for at in range(4000, 60_000, 9000):
        clicks[at : at + 80] += rigs.noise(0.005, 0.3, seed=at)
    got = heard(starter, clicks)
    assert not (got.text and got.reliable)


def test_no_sound_at_all_is_no_speech(starter):
    assert heard(starter, []).text == ""


def test_words_have_times_and_probabilities(starter):
    spoken = rigs.join(1.0, rigs.speech("Turn on the kitchen lights."), 0.5)
    words = heard(starter, spoken, words=True).words
    assert [word.text for word in words] == ["Turn", "on", "the", "kitchen", "lights."]
    assert all(0 < word.probability <= 1 for word in words)
    assert all(word.start < word.end for word in words)
    assert words[0].start == pytest.approx(1.0, abs=0.35)
    assert words[-1].end == pytest.approx(len(spoken) / 16_000 - 0.5, abs=0.35)


def test_the_same_sound_gives_the_same_text(starter):
    spoken = rigs.speech("The old ship sailed past the lighthouse at dawn.", "espeak:en-us+m7")
    assert heard(starter, spoken, "dictate").text == heard(starter, spoken, "dictate").text


def test_a_long_recording_is_heard_to_its_end(starter):
    said = ["Open the browser.", "Thank you.", "What time is it?", "Close the window."] * 4
    recording = rigs.join(*(part for text in said for part in (rigs.speech(text), 1.0)))
    assert len(recording) > 32 * 16_000
    seen = []
    result = starter.transcribe_file(Audio(recording), words=True, progress=seen.append)
    assert result["language"] == "en"
    assert [segment["text"].strip() for segment in result["segments"]] == said
    assert result["text"].split() == " ".join(said).split()
    assert [segment["id"] for segment in result["segments"]] == list(range(len(said)))
    starts = [segment["start"] for segment in result["segments"]]
    assert starts == sorted(starts)
    at = 0.0
    for text, segment in zip(said, result["segments"], strict=True):
        assert segment["start"] == pytest.approx(at, abs=0.5)
        at += len(rigs.speech(text)) / 16_000 + 1.0
        assert segment["words"][0]["start"] == pytest.approx(segment["start"], abs=0.02)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(len(recording) / 16_000)


def test_dictation_of_several_sentences_keeps_them_all(starter):
    recording = rigs.join(rigs.speech("Dear Anna, thank you for the report."), 0.6, rigs.speech("See you on Monday."))
    assert heard(starter, recording, "dictate").text == "Dear Anna, thank you for the report. See you on Monday."


def test_only_the_languages_of_the_settings_are_considered():
    german = recogniser('recognition.languages=["de"]')
    try:
        assert heard(german, rigs.speech("What time is it?", "espeak:en-us+linda")).language == "de"
    finally:
        german.close()


def test_a_language_that_whisper_does_not_know_is_told():
    made = recogniser('recognition.languages=["en", "xx"]')
    with pytest.raises(SettingsError, match="xx"):
        made.warm()
    made.close()


def test_a_graphics_card_that_does_not_work_leaves_it_to_the_processor():
    torch_has_cuda = subprocess.run(
        [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"], capture_output=True, text=True
    )
    if "True" in torch_has_cuda.stdout:
        pytest.skip("this computer has a graphics card that works")
    made = recogniser("recognition.device=cuda")
    try:
        got = heard(made, rigs.speech("What time is it?", "flite:rms"))
        assert (got.text, got.engine) == ("What time is it?", f"starter ({made.engine}, cpu)")
    finally:
        made.close()


def test_a_decode_that_takes_too_long_is_killed_and_the_next_one_works():
    made = recogniser("recognition.timeout_s=1")
    try:
        made.warm()
        sentence = rigs.join(rigs.speech("The meeting is on Monday at 3 o'clock."), 0.5)
        endless = Audio(np.tile(sentence, 200))
        began = time.monotonic()
        with pytest.raises(ModelError) as raised:
            made._call("transcribe", endless.samples, "dictate", False, timeout=1.0)
        assert raised.value.code == "recognition_timeout"
        assert time.monotonic() - began < 5
        assert heard(made, rigs.speech("What time is it?", "flite:rms")).text == "What time is it?"
    finally:
        made.close()


def test_kill_discards_the_decode_under_way(starter):
    endless = Audio(np.tile(rigs.join(rigs.speech("The meeting is on Monday at 3 o'clock."), 0.5), 100))
    timer = threading.Timer(0.5, starter.kill)
    timer.start()
    with pytest.raises(ModelError) as raised:
        starter.transcribe(endless, "dictate")
    assert raised.value.code == "recogniser_died"
    assert heard(starter, rigs.speech("What time is it?", "flite:rms")).text == "What time is it?"


def test_torch_stays_out_of_the_main_process():
    script = (
        "import sys; from aihear_voice import settings; from aihear_voice.recognition.recogniser import *\n"
        "if __name__ == '__main__':\n"
        "    r = WhisperRecogniser(settings.load().recognition); r.warm(); r.close()\n"
        "    print(r.name, 'torch' in sys.modules, 'whisper' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert ran.stdout.strip() == "starter (embedded; a demo, not a dictation model) False False"


def test_a_broken_checkpoint_is_one_clear_error(tmp_path):
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"PK\x03\x04 this was a model once")
    made = recogniser(f"recognition.model={broken}")
    with pytest.raises(ModelError) as raised:
        made.warm()
    assert raised.value.code == "model_broken"
    made.close()
