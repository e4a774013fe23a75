"""The program left alone: the model goes after a time, and is back for the next request."""

from pathlib import Path

import pytest

from aihear_voice.bench.processes import tree

from ...rigs import join, noise, rms, speech, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("home")]


def workers(pid):
    """Processes of multiprocessing's kind below the program."""
    lines = [Path(f"/proc/{process}/cmdline").read_bytes() for process in tree(pid) if process != pid]
    return sum(b"spawn_main" in line for line in lines)


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
