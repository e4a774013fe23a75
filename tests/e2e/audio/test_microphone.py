"""The microphone against a real sound server: what is heard is what was played, and a lost device is noticed."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from aihear_voice.audio.devices import find, has_microphone, list_devices
from aihear_voice.audio.microphone import DeviceMicrophone
from aihear_voice.audio.portaudio import portaudio
from aihear_voice.errors import DeviceError
from aihear_voice.settings import load
from aihear_voice.types import FRAME_SECONDS
from tests.rigs import RATE, noise, resample, wait_until

pytestmark = pytest.mark.e2e
LATE_S = 0.3  # how much later than promised a loaded test machine may be


@pytest.fixture
def microphone(pulse):
    """microphone("section.key=value", ...): opened, and closed with the test."""
    opened = []

    def make(*flags):
        made = DeviceMicrophone(load(flags, env={}).audio)
        opened.append(made)
        made.open()
        return made

    yield make
    for made in opened:
        made.close()


def _listen(microphone, condition, timeout):
    """Reads until `condition` holds; the frames, and the seconds that it took."""
    frames, start = [], time.monotonic()
    while not condition():
        assert time.monotonic() - start < timeout, f"not within {timeout} s; trouble: {microphone.trouble()}"
        frame = microphone.read(0.05)
        if frame is not None:
            frames.append(frame)
    return frames, time.monotonic() - start


def _hears(microphone, timeout=5.0):
    """Seconds until sound that is no silence comes."""
    start = time.monotonic()
    while time.monotonic() - start < timeout:
        frame = microphone.read(0.05)
        if frame is not None and np.abs(frame.samples).max() > 0.01:
            return time.monotonic() - start
    raise AssertionError(f"nothing was heard for {timeout} s; trouble: {microphone.trouble()}")


def _voice_band(seconds):
    """Noise below 6 kHz, in which every moment is unlike every other."""
    return resample(resample(noise(seconds, 0.1), RATE, 12_000), 12_000, RATE)[: round(seconds * RATE)]


def _record(microphone, pulse, sound, pause=lambda: None):
    """What is heard from before `sound` is played until after it, the clock being checked."""
    player = pulse.play_in_background(sound)
    frames, pieces = [], len(sound) / RATE + 1.0
    until = time.monotonic() + pieces
    while time.monotonic() < until:
        frame = microphone.read(0.1)
        if frame is not None:
            frames.append(frame)
        pause()
    player.wait(timeout=10)
    starts = np.array([frame.start for frame in frames])
    assert np.allclose(np.diff(starts), FRAME_SECONDS, atol=1e-9)
    return np.concatenate([frame.samples for frame in frames])


def _likeness(heard, played, window=RATE // 2):
    """The worst correlation of any half second, all at the one lag that fits the beginning."""
    piece = played[window : 2 * window]
    lag = int(np.argmax(np.correlate(heard[: 4 * RATE], piece, "valid"))) - window
    worst = 1.0
    for start in range(0, len(played) - window, window):
        found = heard[lag + start : lag + start + window]
        worst = min(worst, float(np.corrcoef(found, played[start : start + window])[0, 1]))
    return worst


def _slow_reader(seed):
    rng = np.random.default_rng(seed)

    def pause():
        if rng.random() < 0.01:
            time.sleep(rng.uniform(0.1, 1.0))

    return pause


def test_what_is_heard_is_what_was_played(microphone, pulse):
    sound, opened = _voice_band(8.0), microphone()
    assert _likeness(_record(opened, pulse, sound, _slow_reader(1)), sound) > 0.999
    assert opened.take_dropped() == 0


@pytest.mark.soak
def test_a_minute_has_no_gap_and_no_drift(microphone, pulse):
    sound, opened = _voice_band(60.0), microphone()
    assert _likeness(_record(opened, pulse, sound, _slow_reader(2)), sound) > 0.999
    assert opened.take_dropped() == 0


def test_nothing_is_lost_between_opening_and_the_first_read(microphone, pulse):
    sound, opened = _voice_band(2.0), microphone()
    pulse.play(sound)
    heard = np.concatenate([opened.read(0.1).samples for _ in range(round(2.0 / FRAME_SECONDS))])
    assert _likeness(heard, sound[: round(1.5 * RATE)]) > 0.999
    assert opened.take_dropped() == 0


def test_a_reader_that_sleeps_too_long_is_told_how_much_it_missed(microphone, pulse):
    opened = microphone("audio.ring_s=1.0")
    opened.read(1.0)
    time.sleep(2.5)
    assert opened.take_dropped() == pytest.approx(1.5, abs=0.4)


def test_a_suspended_device_is_noticed_and_goes_on_by_itself(microphone, pulse):
    opened = microphone()
    opened.read(1.0)
    pulse.suspend_microphone()
    _, took = _listen(opened, lambda: opened.trouble() == "stalled", 3.0)
    assert took < 0.5 + LATE_S
    pulse.suspend_microphone(False)
    frames, _ = _listen(opened, lambda: opened.trouble() is None, 2.0)
    assert frames or opened.read(1.0) is not None


def test_an_unplugged_device_whose_stream_was_moved_is_noticed(microphone, pulse):
    player = pulse.play_in_background(noise(12.0, 0.1))
    opened = microphone("audio.silent_after_s=1.0")
    _hears(opened)
    pulse.unplug_microphone()
    _, took = _listen(opened, lambda: opened.trouble() == "silent", 4.0)
    assert took < 1.0 + LATE_S
    pulse.plug_microphone()
    assert _hears(opened) < 2.0
    assert opened.trouble() is None
    player.terminate()
    player.wait()


def test_when_no_device_is_left_and_when_one_is_back(microphone, pulse):
    opened = microphone()
    assert has_microphone()
    opened.read(1.0)
    pulse.unplug_everything()
    _, took = _listen(opened, lambda: opened.trouble() == "stopped", 3.0)
    assert took < 0.5 + LATE_S
    with pytest.raises(DeviceError) as told:
        opened.open()
    assert (told.value.code, opened.trouble()) == ("no_microphone", "failed")
    assert opened.read(0.01) is None
    assert not has_microphone()
    pulse.restart()
    _comes_back(opened, pulse)


def test_a_killed_sound_server_is_noticed_and_found_again(microphone, pulse):
    opened = microphone()
    before = opened.read(1.0)
    pulse.kill()
    _, took = _listen(opened, lambda: opened.trouble() == "stopped", 3.0)
    assert took < 0.5 + LATE_S
    with pytest.raises(DeviceError) as told:
        opened.open()
    assert told.value.code == "no_microphone"
    assert not has_microphone()
    pulse.start()
    _comes_back(opened, pulse)
    assert opened.read(1.0).start > before.start


def _comes_back(microphone, pulse):
    player = pulse.play_in_background(noise(5.0, 0.1))
    start = time.monotonic()
    microphone.open()
    assert microphone.trouble() is None
    _hears(microphone)
    assert time.monotonic() - start < 2.0
    player.terminate()
    player.wait()


def test_a_sound_server_that_hangs_hangs_nobody(microphone, pulse):
    opened = microphone()
    opened.read(1.0)
    server = pulse._server.pid
    os.kill(server, signal.SIGSTOP)
    try:
        _listen(opened, lambda: opened.trouble() == "stalled", 3.0)
        start = time.monotonic()
        with pytest.raises(DeviceError) as told:
            opened.open()
        assert told.value.code == "device_stuck"
        assert time.monotonic() - start < 8.0
    finally:
        os.kill(server, signal.SIGCONT)
    wait_until(lambda: _opens(opened), "the microphone opens again")
    assert opened.read(2.0) is not None


def _opens(microphone):
    try:
        microphone.open()
    except DeviceError:
        return False
    return True


def test_a_virtual_microphone_on_which_nothing_plays_is_no_trouble(microphone, pulse):
    opened = microphone("audio.silent_after_s=0.5")
    frames, start = [], time.monotonic()
    while time.monotonic() - start < 2.0:
        frames.append(opened.read(0.1))
        assert opened.trouble() is None
    assert not any(frame.samples.any() for frame in frames if frame is not None)


def test_a_muted_microphone_is_said_to_be_silent_until_it_is_unmuted(microphone, pulse):
    player = pulse.play_in_background(noise(20.0, 0.1))
    opened = microphone("audio.silent_after_s=0.5")
    _hears(opened)
    pulse.pactl("set-source-mute", "vmic", "1")
    try:
        _listen(opened, lambda: opened.trouble() == "silent", 3.0)
    finally:
        pulse.pactl("set-source-mute", "vmic", "0")
    assert _hears(opened) < 2.0
    assert opened.trouble() is None
    player.terminate()
    player.wait()


def test_the_named_device_is_taken_even_where_another_is_the_default(microphone, pulse):
    player = pulse.play_in_background(noise(5.0, 0.1), "speaker")
    opened = microphone("audio.input_device=monitor of loudspeaker")
    assert opened.name == "Monitor of Loudspeaker"
    _hears(opened)
    player.terminate()
    player.wait()


def test_the_default_stands_in_for_a_named_device_until_that_is_back(microphone, pulse):
    sink = ["load-module", "module-null-sink", "sink_name=yeti", "rate=48000", "norewinds=1"]
    sink.append("sink_properties=device.description=Yeti")
    module = pulse.pactl(*sink).strip()
    opened = microphone("audio.input_device=yeti")
    assert "yeti" in opened.name.casefold()
    pulse.pactl("unload-module", module)
    opened.open()
    assert opened.name == "VirtualMic"
    assert not opened.better_available()
    module = pulse.pactl(*sink).strip()
    try:
        _listen(opened, opened.better_available, 5.0)
        opened.open()
        assert "yeti" in opened.name.casefold()
        assert not opened.better_available()
    finally:
        opened.close()
        pulse.pactl("unload-module", module)


def test_a_name_that_never_was_is_an_error_with_the_names_there_are(microphone, pulse):
    with pytest.raises(DeviceError) as told:
        microphone("audio.input_device=zzz")
    assert told.value.code == "unknown_device"
    assert "VirtualMic" in told.value.hint


def test_devices_are_listed_under_the_names_people_know(pulse):
    found = list_devices("input", fresh=True)
    assert found[0].name == "VirtualMic"
    assert (found[0].rate, found[0].default) == (48_000, True)
    assert find(list_devices("output"), "loudspeaker").default


def test_a_program_that_listens_prints_nothing_of_alsa(pulse):
    script = (
        "from aihear_voice import settings\n"
        "from aihear_voice.audio.microphone import DeviceMicrophone\n"
        "microphone = DeviceMicrophone(settings.load().audio)\n"
        "microphone.open()\n"
        "assert microphone.read(2.0) is not None\n"
        "microphone.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_being_played_goes_on_while_the_microphone_is_opened_anew(microphone, pulse):
    tone = (0.3 * np.sin(2 * np.pi * 500 * np.arange(4 * 48_000) / 48_000)).astype(np.float32)
    position = 0

    def play(_in, count, _times, _status):
        nonlocal position
        block = tone[position : position + count].tobytes()
        position += count
        return block, 0

    with pulse.record("speaker") as recording:
        player = portaudio()
        index = player.get_default_output_device_info()["index"]
        stream = player.open(
            rate=48_000,
            channels=1,
            format=1,  # paFloat32
            output=True,
            output_device_index=index,
            frames_per_buffer=4800,
            stream_callback=play,
        )
        for _ in range(3):  # each looks for new devices first, which must not end what plays
            microphone().close()
        assert stream.is_active()
        wait_until(lambda: not stream.is_active(), "the tone ends")
        stream.close()
    loud = np.flatnonzero(np.abs(recording.samples) > 0.02)
    assert loud[-1] - loud[0] > 3.5 * RATE  # ALSA cuts the end of a stream that completes
    assert np.diff(loud).max() < 0.1 * RATE
