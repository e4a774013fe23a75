"""Events as readable lines."""

import pytest
from rich.text import Text

from aihear_voice import events
from aihear_voice.cli.show import line
from tests.unit.test_events import CLASSES, full


def read(event: events.Event) -> str:
    """As it looks on the screen."""
    return Text.from_markup(line(event) or "").plain


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_event_can_be_shown(cls):
    assert "\n" not in read(full(cls)).replace("läufer\n", "")


def test_brackets_are_text():
    final = events.FinalText(text="write [bold] here", language="en", reliable=True, compute_s=0.1)
    assert read(final).endswith("you said  write [bold] here")


def test_a_doubtful_text_says_so():
    assert "not sure" in read(events.FinalText(text="hm", language="en", reliable=False, compute_s=0.1))


def test_a_match_names_plugin_intent_and_slots():
    match = events.Matched(plugin="clock", intent="start_timer", slots={"seconds": 600}, confidence=1.0)
    assert read(match).endswith("understood  clock: start timer (seconds 600)")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            events.Ready(microphone="USB", model="starter", wake_words=("hey jarvis",), key="f9"),
            "say “hey jarvis” or hold",
        ),
        (events.Typed(text="hi", method="dry_run"), "would type  hi"),
        (events.Typed(text="hi", method="keys", target="Editor"), "typed  hi  (into Editor)"),
        (events.Ran(argv=("xdg-open", "a b")), "started  xdg-open 'a b'"),
        (events.Ran(argv=("ctrl+s",), method="press"), "pressed  ctrl+s"),
        (events.Ran(argv=("-3",), method="scroll"), "scrolled  down"),
        (events.Scored(target="weather", score=81.6), "weather: 82 of 100"),
        (events.Scored(target="weather", score=None, refused="it was not said"), "it was not said"),
        (events.DeviceLost(device="USB", reason="stopped"), "unplugged"),
        (events.Failed(message="no display", code="no_display", hint="log in"), "failed  no display (log in)"),
        (events.TurnEnded(outcome="denied"), "say no"),
    ],
)
def test_lines_say_it_in_words(event, text):
    assert text in read(event)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (events.Ran(argv=("firefox",)), "would start  firefox"),
        (events.Ran(argv=("pactl", "info"), method="call"), "would run  pactl info"),
        (events.Ran(argv=("enter",), method="press"), "would press  enter"),
        (events.Typed(text="hi", method="dry_run"), "would type  hi"),
        (events.Replied(text="Done."), "answer  Done."),
    ],
)
def test_a_dry_run_claims_no_deed(event, text):
    assert Text.from_markup(line(event, dry_run=True) or "").plain.endswith(text)


@pytest.mark.parametrize(
    "event",
    [events.SpeechStarted(), events.TurnEnded(outcome="done"), events.KeyHeld(key="f9", down=False)],
)
def test_what_says_nothing_new_is_not_shown(event):
    assert line(event) is None
