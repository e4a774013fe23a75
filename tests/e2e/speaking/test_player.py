"""The loudspeaker of a real sound server: what is played is heard, in order, and ends when it is told to."""

import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from aihear_voice.audio import server
from aihear_voice.audio.devices import list_devices, portaudio
from aihear_voice.errors import DeviceError
from aihear_voice.settings import load
from aihear_voice.speaking.player import SpeakerPlayer
from aihear_voice.speaking.reference import Reference
from aihear_voice.speaking.voices import Pyttsx3Voice
from tests.rigs import aihear_once, noise, resample, rms, wait_until
from tests.words import transcribed

pytestmark = pytest.mark.e2e
STOP_S = 0.2  # promised
LATE_S = 0.1  # the recording lags, and the machine is busy


@pytest.fixture
def player(pulse):
    list_devices("output", fresh=True)  # PortAudio may have been initialised before the server was there
    made = []

    def make(*flags):
        settings = load(flags, env={}).audio
        made.append(SpeakerPlayer(settings, Reference(), portaudio, lambda: server.endpoints("output")))
        return made[-1]

    yield make
    for each in made:
        each.close()


def found(sound, recording):
    """Where `sound` (16 kHz) starts in the recording, in samples, and how like it that part is, 0-1."""
    size = 1 << (len(recording) + len(sound)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(recording, size) * np.conj(np.fft.rfft(sound, size)), size)
    start = int(np.argmax(likeness[: len(recording)]))
    part = recording[start : start + len(sound)]
    if len(part) < len(sound):
        return start, 0.0
    return start, float(np.dot(part, sound) / (np.linalg.norm(part) * np.linalg.norm(sound) + 1e-12))


def playing(speaker, seconds, results):
    """The thread in which it is played."""
    thread = threading.Thread(target=lambda: results.append(speaker.play(noise(seconds, 0.1), 16000)))
    thread.start()
    return thread


def test_all_of_it_is_heard_before_play_returns(player, pulse):
    sound = resample(noise(0.5, 0.1), 8000, 16000)  # no resampler on the way takes anything of it away
    with pulse.record() as recording:
        assert player().play(sound, 16000) is True
        time.sleep(LATE_S)
        heard = recording.samples
    start, likeness = found(sound, heard)
    assert likeness > 0.98
    assert np.corrcoef(heard[start + 15200 : start + 15900], sound[15200:15900])[0, 1] > 0.95, "the end is cut"


def test_stop_silences_within_the_promised_time(player, pulse):
    speaker = player()
    with pulse.record() as recording:
        for _ in range(3):
            results = []
            thread = threading.Thread(
                target=lambda results=results: results.append(speaker.play(noise(5.0, 0.1), 22050))
            )
            thread.start()
            time.sleep(0.7)
            at = len(recording.samples)
            speaker.stop()
            thread.join(2)
            assert results == [False]
            time.sleep(0.5)
            after = recording.samples[at:]
            loud = np.flatnonzero(np.abs(after) > 0.01)
            assert len(loud) == 0 or loud[-1] / 16000 < STOP_S + LATE_S
    assert rms(noise(1.0, 0.1)) > 0.05


def test_what_waits_to_be_played_is_stopped_too(player, pulse):
    speaker = player()
    results = []
    threads = [playing(speaker, 3.0, results) for _ in range(2)]
    time.sleep(0.6)
    speaker.stop()
    for thread in threads:
        thread.join(2)
    assert results == [False, False]
    assert speaker.play(noise(0.2, 0.1), 16000) is True, "a stop must not outlive what it stopped"


def test_a_loudspeaker_is_chosen_by_part_of_its_name(player, pulse):
    with pulse.record("mic_in") as recording:
        player("audio.output_device=miccable").play(noise(0.5, 0.1), 16000)
        heard = recording.samples
    assert rms(heard) > 0.01
    with pytest.raises(DeviceError) as told:
        player("audio.output_device=nowhere").play(noise(0.5, 0.1), 16000)
    assert "Loudspeaker" in told.value.hint


def test_a_loudspeaker_that_goes_is_an_error_and_no_hang(player, pulse):
    speaker = player()
    told = []

    def play():
        try:
            speaker.play(noise(20.0, 0.1), 16000)
        except DeviceError as error:
            told.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    time.sleep(0.7)
    pulse.kill()
    thread.join(8)
    assert not thread.is_alive(), "hangs"
    assert told
    pulse.start()
    list_devices("output", fresh=True)
    assert speaker.play(noise(0.3, 0.1), 16000) is True


def test_three_sentences_are_spoken_in_order(player, pulse):
    voice, speaker = Pyttsx3Voice(load(env={}).speaking), player()
    sentences = ["The first sentence is short.", "The second one is longer.", "This is the third."]
    starts = []
    try:
        with pulse.record() as recording:
            sounds = [voice.synthesise(sentence, "en") for sentence in sentences]
            for sentence, (samples, rate) in zip(sentences, sounds, strict=True):
                assert speaker.play(samples, rate, sentence)
            time.sleep(LATE_S)
            heard = recording.samples
    finally:
        voice.close()
    for samples, rate in sounds:
        start, likeness = found(resample(samples, rate, 16000), heard)
        assert likeness > 0.95
        starts.append(start)
    assert starts == sorted(starts)


def test_say_is_heard_and_leaves_nothing_behind(home, pulse):
    with pulse.record() as recording:
        done = aihear_once("say", "What time is it?")
        heard = recording.samples
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""
    assert "what time is it" in transcribed(heard).lower()
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert not re.search(r"^(\S*/)?aplay\b", running, re.MULTILINE)  # "paplay" may be another test's


def test_say_writes_a_file(home, tmp_path):
    target = tmp_path / "hello.wav"
    done = aihear_once("say", "Guten Morgen", "--language", "de", "--output", str(target))
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 10_000
    assert aihear_once("say", "hello", "--output", str(tmp_path / "no" / "x.wav")).returncode == 2


def test_say_without_a_loudspeaker_is_one_line_and_a_hint(home):
    done = aihear_once("say", "hello")
    assert done.returncode == 3
    assert "no loudspeaker" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


def test_say_that_is_interrupted_is_silent(home, pulse):
    with pulse.record() as recording:
        command = [sys.executable, "-m", "aihear_voice", "say", "A long sentence that goes on and on. " * 5]
        process = subprocess.Popen(command)
        wait_until(lambda: rms(recording.samples[-4000:]) > 0.01, "it speaks", 20)
        process.send_signal(2)
        at = len(recording.samples)
        assert process.wait(10) == 130
        time.sleep(0.6)
        loud = np.flatnonzero(np.abs(recording.samples[at:]) > 0.01)
    assert len(loud) == 0 or loud[-1] / 16000 < 0.5
