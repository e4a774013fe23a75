"""`aihear practise` at the microphone: a real sound server, the real program."""

import json
import subprocess
import sys

import pytest

from tests import rigs

TEXT = "The weather in London is good today."


@pytest.mark.e2e
def test_say_it_now(pulse: rigs.PulseServer) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "aihear_voice", "practise", TEXT, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stderr is not None
        prompt = next(line for line in program.stderr if line.startswith("Say it now"))
        assert TEXT in prompt
        pulse.play(rigs.join(1.0, rigs.speech(TEXT, "espeak:en-us+benjamin"), 0.5))
        out, err = program.communicate(timeout=90)
    finally:
        rigs.end(program)
    assert program.returncode == 0, err
    scores = json.loads(out)
    assert scores["completeness"] == 100
    assert "refused" not in scores
