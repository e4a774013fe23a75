"""Listening goes on whatever the model does: it is unloaded after a time, loaded again, and works hard."""

import contextlib
from pathlib import Path

import pytest

from aihear_voice.bench.models import checkpoint
from aihear_voice.bench.processes import tree

from ...rigs import join, noise, rms, speech, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("home")]


def workers(pid):
    """Processes of multiprocessing's kind below the program."""
    found = 0
    for process in tree(pid):
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            found += process != pid and b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    return found


def test_the_model_is_unloaded_and_is_back_for_a_request_after_a_long_quiet(pulse, aihear):
    room = pulse.play_in_background(noise(120, 1e-3))
    try:
        program = aihear("run", "--dry-run", "--set", "recognition.unload_after_s=4")
        program.wait_for("Ready", 60)
        wait_until(lambda: workers(program.pid) == 1, "the model is loaded", 60)
        wait_until(lambda: workers(program.pid) == 0, "the model is unloaded", 120)
        phrase, request = speech("hey jarvis", "flite:rms"), speech("what time is it", "flite:rms")
        pulse.play(join(phrase * 0.03 / rms(phrase), 0.1, request * 0.03 / rms(request)))
        program.wait_for("WakeHeard", 10)
        program.wait_for("Matched", 60, plugin="clock")
        program.wait_for("TurnEnded", 10, outcome="done")
        wait_until(lambda: workers(program.pid) == 0, "the model is unloaded again", 60)
        assert not program.all("AudioDropped")
    finally:
        room.terminate()
        room.wait()


def test_no_sound_is_lost_while_a_large_model_decodes(pulse, aihear, tmp_path):
    """The slow engine on full windows of the base size: each decode takes both processors for a second and more."""
    model, _ = checkpoint("base", tmp_path)
    slow = ("--set", "recognition.engine=whisper", "--set", "recognition.window=full", "--model", str(model))
    program = aihear("run", "--dry-run", *slow)
    program.wait_for("Ready", 60)
    wait_until(lambda: workers(program.pid) == 1, "the model is loaded", 60)
    request = join(0.3, speech("hey jarvis", "flite:rms"), 0.4, speech("what time is it", "flite:rms"), 2.5)
    pulse.play(join(request, request, request))
    program.wait_for("TurnEnded", 120)
    wait_until(
        lambda: len(program.all("WakeHeard")) == 3, "each request is heard, also while the one before is decoded", 10
    )
    assert not program.all("AudioDropped")
