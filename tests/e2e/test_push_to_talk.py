"""Dictation by a key, into a real window: pressed again and again, held for long."""

import re
import signal
import time

import pytest

from ..rigs import Frozen, join, speech

pytestmark = pytest.mark.e2e
VOICE = "flite:rms"
SENTENCES = [
    "The weather in London is good today", "Please send the report to Maria by Friday",
    "I think we should start on Monday", "Thank you very much Anna", "I would like two cups of coffee",
]  # fmt: skip
KEYS = ["weather", "report", "start", "thank", "coffee"]


@pytest.fixture
def dictating(home, pulse, screen, aihear):
    """F9 dictates."""
    program = aihear("run", env={"AIHEAR__PUSH_TO_TALK__DICTATE_KEY": "f9"})
    program.wait_for("Ready", 60)
    time.sleep(1.5)
    return program


def found(text):
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word in KEYS]


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
    for _ in range(100):
        if len(found(screen.text())) >= 10:
            break
        time.sleep(0.2)
    assert found(screen.text()) == KEYS * 2, screen.text()
    outcomes = [event["outcome"] for event in dictating.all("TurnEnded")]
    assert outcomes.count("merged") >= 1, "several that wait are transcribed together"
    assert set(outcomes) == {"done", "merged"}
    longest = max(event["duration"] for event in dictating.all("SpeechEnded"))
    assert longest < 30


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
    for _ in range(75):
        if len(found(screen.text())) >= 15:
            break
        time.sleep(0.2)
    assert found(screen.text()) == KEYS * 3, screen.text()
    for text in while_speaking:
        assert screen.text().startswith(text), "what stood there was never changed"
