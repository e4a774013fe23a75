"""Dictation by a key, into a real window: pressed again and again, held for long."""

import json
import re
import signal
import time

import pytest

from ..rigs import Frozen, aihear_once, join, speech, wait_until

pytestmark = pytest.mark.e2e
VOICE = "flite:rms"
SENTENCES = [
    "The weather in London is good today", "The train to Paris leaves at nine o'clock",
    "I think we should start on Monday", "Thank you very much Anna", "I would like two cups of coffee",
]  # fmt: skip
KEYS = ["weather", "train", "start", "thank", "coffee"]


@pytest.fixture
def dictating(home, pulse, screen, aihear):
    """F9 dictates."""
    program = aihear("run", env={"AIHEAR__PUSH_TO_TALK__DICTATE_KEY": "f9"})
    program.wait_for("Ready", 60)
    time.sleep(1.5)
    return program


def found(text):
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word in KEYS]


def idle(program):
    """Everything that was said has come to its end."""
    ended = {event["turn"] for event in program.all("TurnEnded")}
    said = {event["turn"] for event in program.all("SpeechEnded")}
    return said <= ended and program.all("ModeChanged")[-1]["mode"] == "idle"


def told(program):
    kinds = ("SpeechEnded", "FinalText", "Typed", "TurnEnded", "Failed")
    return "\n".join(str(event) for event in program.events if event["type"] in kinds)


def test_ten_sentences_with_the_key_pressed_again_arrive_in_order(pulse, screen, dictating):
    """While the second is transcribed, which takes until the sixth has been spoken, and the last ones while typing."""
    frozen = None
    for number, text in enumerate(SENTENCES * 2):
        if number == 1:
            frozen = Frozen(dictating)
        screen.xdotool("keydown", "F9")
        pulse.play(join(0.25, speech(text, VOICE), 0.25))
        screen.xdotool("keyup", "F9")
        time.sleep(0.12)
        if number == 6:
            frozen.send(signal.SIGCONT)
    wait_until(lambda: idle(dictating), "all is delivered", 30)
    time.sleep(0.5)  # a window shows what it got a moment later
    assert found(screen.text()) == KEYS * 2, told(dictating)
    # Those that wait are transcribed together, unless the text of that is doubtful: then one by one.
    assert {event["outcome"] for event in dictating.all("TurnEnded")} <= {"done", "merged"}
    longest = max(event["duration"] for event in dictating.all("SpeechEnded"))
    assert longest < 30


def test_an_edit_that_had_to_wait_is_an_edit(pulse, screen, dictating):
    frozen = Frozen(dictating)
    for text in (SENTENCES[0], SENTENCES[3], "scratch that", SENTENCES[4]):
        screen.xdotool("keydown", "F9")
        pulse.play(join(0.25, speech(text, VOICE), 0.25))
        screen.xdotool("keyup", "F9")
        time.sleep(0.12)
    frozen.send(signal.SIGCONT)
    time.sleep(0.5)
    wait_until(lambda: idle(dictating), "all is delivered", 30)
    time.sleep(0.5)
    assert found(screen.text()) == ["weather", "coffee"], told(dictating)
    assert "scratch" not in screen.text().lower()


@pytest.mark.soak
def test_long_dictation_stands_in_the_window_while_it_goes_on(pulse, screen, dictating):
    focused = screen.xdotool("getactivewindow")
    screen.xdotool("keydown", "F9")
    sound = join(*(part for text in SENTENCES * 3 for part in (speech(text, VOICE), 0.45)))
    assert len(sound) / 16000 > 35
    player = pulse.play_in_background(join(0.3, sound, 0.3))
    seen, overlay = [], False
    while player.poll() is None:
        time.sleep(0.5)
        seen.append(screen.text())
        overlay = overlay or bool(screen.find("aihear overlay"))
        assert screen.xdotool("getactivewindow") == focused
    screen.xdotool("keyup", "F9")
    assert overlay, "what is heard was shown"
    while_speaking = [text for text in seen if text]
    assert len(set(while_speaking)) >= 2, "text appeared at least twice while the person spoke"
    wait_until(lambda: idle(dictating), "all is delivered", 30)
    time.sleep(0.5)  # a window shows what it got a moment later
    rows = json.loads(aihear_once("history", "list", "--json").stdout)
    assert found(" ".join(row["text"] for row in rows)) == KEYS * 3, "each sentence once, in order"
    # Now and then the starter model is not sure of a piece, which then waits in the history instead of being typed.
    delivered = [row for row in rows if row["outcome"] == "delivered"]
    assert found(screen.text()) == found(" ".join(row["text"] for row in delivered)), screen.text()
    assert len(delivered) >= len(rows) - 1
    assert all(row["doubtful"] for row in rows if row not in delivered)
    for text in while_speaking:
        assert screen.text().startswith(text), "what stood there was never changed"
