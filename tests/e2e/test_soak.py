"""The long run of the whole assistant: `make soak` takes half an hour, CI a tenth of it."""

import os
import time

import pytest

from ..rigs import join, speech

pytestmark = [pytest.mark.e2e, pytest.mark.soak]

MINUTES = 30 * float(os.environ.get("AIHEAR_SOAK", "1"))
VOICES = ("flite:rms", "flite:slt", "flite:kal16")
GROWTH_MB = 40


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def test_answers_for_as_long_as_it_runs_without_growing(home, pulse, aihear):
    program = aihear("run")
    program.wait_for("Ready", 60)
    end = time.monotonic() + MINUTES * 60
    asked, first = 0, 0.0
    while time.monotonic() < end:
        voice = VOICES[asked % len(VOICES)]
        pulse.play(join(0.3, speech("hey jarvis", voice), 0.4, speech("what time is it", voice), 3.0))
        program.wait_for("Matched", 30, intent="tell_time")
        program.wait_for("TurnEnded", 30, outcome="done")
        asked += 1
        first = first or resident_mb(program.pid)
        time.sleep(5)
    assert len(program.all("WakeHeard")) == asked
    assert program.all("AudioDropped") == []
    assert resident_mb(program.pid) - first < GROWTH_MB
    assert program.stop() == 0
