"""The long run of the whole assistant: `make soak` takes half an hour, CI a tenth of it."""

import json
import math
import os
import random
import time

import pytest
from Xlib import display

from ..rigs import aihear_once, join, speech, wait_until

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


PRESSES = round(200 * float(os.environ.get("AIHEAR_SOAK", "1")))
SURELY = 0.08  # seconds pressed that are more than push_to_talk.debounce_s, however busy the computer is
HELD = 0.5  # seconds that are surely more than push_to_talk.tap_s
TALK = ("The weather in London is good today", "I think we should start on Monday", "Thank you very much Anna")


def press(screen, key, seconds):
    """X11 repeats a held key by itself, after 0.66 s and then 25 times a second."""
    screen.xdotool("keydown", key, "sleep", f"{seconds:.3f}", "keyup", key)


class Told:
    """What the program tells of its key from now on."""

    def __init__(self, program):
        self._program = program
        self._before = len(program.all("KeyHeld"))

    def downs(self):
        return [event["down"] for event in self._program.all("KeyHeld")[self._before :]]

    def ended(self):
        return self.downs() == [True, False]


@pytest.mark.parametrize(("key", "setting", "mode"), [("F9", "f9", "hold"), ("Control_R", "ctrl_r", "both")])
def test_random_presses_start_nothing_by_themselves_and_leave_nothing_open(
    home, pulse, screen, aihear, key, setting, mode
):
    """While somebody talks, so that text is typed between and during the presses."""
    keys = {"DICTATE_KEY": setting, "KEY": "", "MODE": mode}
    env = {f"AIHEAR__PUSH_TO_TALK__{name}": value for name, value in keys.items()}
    program = aihear("run", env=env | {"AIHEAR__WAKE__ENABLED": "false"})
    program.wait_for("Ready", 60)
    assert display.Display().get_keyboard_control().global_auto_repeat
    dice = random.Random(4)
    talk = pulse.play_in_background(join(*(part for text in TALK * 200 for part in (speech(text, VOICES[0]), 0.6))))
    try:
        downs = 0
        for _ in range(PRESSES // 2):
            seconds = math.exp(dice.uniform(math.log(0.01), math.log(5.0)))
            told = Told(program)
            press(screen, key, seconds)
            time.sleep(dice.uniform(0.25, 1.0))
            if seconds >= HELD:
                wait_until(told.ended, f"a press of {seconds:.3f} s ends", 3)
            elif mode == "both" and told.downs() == [True]:  # it was a tap: it starts, and the next one ends
                press(screen, key, 0.1)
                wait_until(told.ended, f"after {seconds:.3f} s, the next tap ends it", 3)
            # Neither a second start nor one that goes on; what is shorter may count as a press or not.
            assert told.downs() in ([], [True, False]), f"pressed for {seconds:.3f} s: {told.downs()}"
            assert seconds < SURELY or told.downs(), f"a press of {seconds:.3f} s was not seen"
            downs += bool(told.downs())
    finally:
        talk.terminate()
    # Whatever was begun comes to its end, and the key works as it did.
    wait_until(lambda: program.all("ModeChanged")[-1]["mode"] == "idle", "it is idle again", 60)
    time.sleep(2)
    typed = len(program.all("Typed"))
    screen.xdotool("keydown", key)
    pulse.play(join(0.3, speech(TALK[0], VOICES[0]), 0.3))
    screen.xdotool("keyup", key)
    wait_until(lambda: len(program.all("Typed")) == typed + 1, "one more text", 30)
    assert "weather" in program.all("Typed")[-1]["text"].lower()
    assert downs > PRESSES // 4
    last = program.all("Typed")[-1]["turn"]
    wait_until(lambda: program.all("TurnEnded")[-1]["turn"] == last, "its turn ends")
    assert program.all("TurnEnded")[-1]["outcome"] == "done"
    waiting = json.loads(aihear_once("history", "list", "--waiting", "--json").stdout)
    assert all(row["doubtful"] for row in waiting), "words that the release had cut in two, and nothing else"
