"""Whatever is killed, what was said is delivered in the end: the real program, sound server and windows."""

import contextlib
import json
import os
import signal
import time

import pytest

from ..rigs import Frozen, aihear_once, join, recognisers, speech, wait_until

pytestmark = pytest.mark.e2e
VOICE = "flite:rms"
SAID = "This is a test of the dictation"
HEARD = "This is a test of the dictation."
DICTATE = {"AIHEAR__PUSH_TO_TALK__DICTATE_KEY": "f9"}


def history(*arguments):
    done = aihear_once("history", *arguments, "--json")
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def start(home, pulse, aihear):
    def run(**env):
        program = aihear("run", env=DICTATE | env)
        program.wait_for("Ready", 60)
        time.sleep(1.5)  # the model is warm then
        return program

    return run


def dictate(pulse, screen, program, text=SAID):
    """With the key held."""
    screen.xdotool("keydown", "F9")
    program.wait_for("KeyHeld", 10, down=True)
    pulse.play(join(0.3, speech(text, VOICE), 0.5))
    screen.xdotool("keyup", "F9")


def killed(pulse, screen, program, moment):
    """With SIGKILL, while somebody speaks or their words are transcribed."""
    frozen = Frozen(program)
    try:
        if moment == "decoding":
            dictate(pulse, screen, program)
            program.wait_for("SpeechEnded", 10)
        else:
            screen.xdotool("keydown", "F9")
            program.wait_for("KeyHeld", 10, down=True)
            pulse.play(join(0.3, speech(SAID, VOICE), 0.5))
        program.kill()
    finally:
        frozen.send(signal.SIGKILL)
        screen.xdotool("keyup", "F9")
    (row,) = history("list", "--waiting")
    assert (row["outcome"], row["purpose"]) == ("pending", "dictate")


def test_after_a_kill_the_utterance_waits_and_the_next_run_delivers_it(pulse, screen, start):
    killed(pulse, screen, start(), "decoding")
    program = start()
    assert program.all("Ready")[0]["waiting"] == 1
    assert program.wait_for("Failed", 10, code="undelivered")
    assert screen.text() == "", "nothing is typed unasked"
    done = aihear_once("history", "retry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert screen.wait_text(HEARD) == HEARD
    (row,) = history("list")
    assert (row["outcome"], row["text"], row["method"]) == ("delivered", HEARD, "keys")
    assert aihear_once("history", "retry").stdout.startswith("nothing waits")
    assert screen.text() == HEARD
    program.stop()
    assert aihear_once("history", "copy").returncode == 0
    screen.xdotool("key", "ctrl+v")
    assert screen.wait_text(HEARD * 2) == HEARD * 2, "the clipboard outlives the command"


def test_killed_while_somebody_speaks_and_delivered_without_an_assistant(pulse, screen, start):
    killed(pulse, screen, start(), "speaking")
    done = aihear_once("history", "retry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert screen.wait_text(HEARD) == HEARD


def test_a_recogniser_that_dies_costs_nothing(pulse, screen, start):
    program = start()
    frozen = Frozen(program)
    dictate(pulse, screen, program)
    program.wait_for("SpeechEnded", 10)
    time.sleep(0.5)
    frozen.send(signal.SIGKILL)
    assert screen.wait_text(HEARD, 30) == HEARD
    assert history("list", "--waiting") == []


@pytest.mark.soak
def test_a_recogniser_that_dies_again_and_again_leaves_the_sound(pulse, screen, start):
    program = start()
    Frozen(program)
    dictate(pulse, screen, program)
    program.wait_for("SpeechEnded", 10)
    while not program.all("TurnEnded"):
        for pid in recognisers(program.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    assert program.all("TurnEnded")[0]["outcome"] == "failed"
    (row,) = history("list", "--waiting")
    assert (row["outcome"], row["text"]) == ("failed", "")
    assert aihear_once("history", "retry").returncode == 0
    assert screen.wait_text(HEARD, 30) == HEARD


def test_a_window_that_went_away_leaves_the_text_in_the_history(pulse, screen, start):
    """The rest of the way is the typist's: see acting/x11/test_typing.py."""
    program = start()
    frozen = Frozen(program)
    other = screen.window("another")
    screen.focus()
    time.sleep(0.3)
    dictate(pulse, screen, program)
    program.wait_for("SpeechEnded", 10)
    other.focus()
    frozen.send(signal.SIGCONT)
    ended = program.wait_for("TurnEnded", 20)
    assert (ended["outcome"], other.text(), screen.text()) == ("kept", "", "")
    (row,) = history("list", "--waiting")
    assert (row["outcome"], row["text"]) == ("kept", HEARD)
    assert aihear_once("history", "retry", str(row["id"])).returncode == 0
    assert other.wait_text(HEARD) == HEARD, "asked for once more, it is meant for the window that is there now"
    wait_until(lambda: history("list", "--waiting") == [], "nothing waits")
