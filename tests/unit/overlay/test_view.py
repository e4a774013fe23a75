"""What the overlay says, as events come."""

import json

import pytest

from aihear_voice import events as e
from aihear_voice.overlay.window import NOTICE_S, View
from tests.unit.test_events import CLASSES, full


class Watched(View):
    """A view that gets real events, and a clock that the test moves."""

    def __init__(self):
        super().__init__()
        self.now = 100.0

    def tell(self, *happened):
        for event in happened:
            self.hear(json.loads(e.to_json(event)), self.now)
            self.pass_time(self.now)

    def wait(self, seconds):
        self.now += seconds
        self.pass_time(self.now)

    @property
    def seen(self):
        return self.visible(self.now)

    @property
    def text(self):
        return self.sure + self.open


@pytest.fixture
def view():
    return Watched()


def final(text, turn=1, reliable=True):
    return e.FinalText(text=text, language="en", reliable=reliable, compute_s=0.1, turn=turn)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_event_can_be_told(view, cls):
    event = full(cls)
    view.tell(event)
    assert "\n" not in view.status


def test_nothing_is_seen_while_nothing_goes_on(view):
    view.tell(e.Ready(microphone="USB", model="base"), e.ModeChanged(mode="idle"))
    assert not view.seen


def test_a_request_from_listening_to_its_answer(view):
    view.tell(e.ModeChanged(mode="listening"))
    assert (view.seen, view.status, view.text) == (True, "listening", "")
    view.tell(e.SpeechStarted(turn=1), e.PartialText(text="what time", committed="what", tentative=" time", turn=1))
    assert (view.sure, view.open) == ("what", " time")
    view.tell(e.ModeChanged(mode="thinking"), final("What time is it?"))
    assert (view.status, view.sure, view.open) == ("thinking", "What time is it?", "")
    view.tell(e.ModeChanged(mode="speaking"), e.Replied(text="It's noon.", turn=1), e.ModeChanged(mode="idle"))
    assert (view.seen, view.text) == (True, "It's noon.")
    view.wait(view.next_change(view.now) + 0.01)
    assert (view.seen, view.text, view.next_change(view.now)) == (False, "", None)


def test_text_stays_while_somebody_thinks_what_to_say(view):
    view.tell(e.ModeChanged(mode="listening"), e.SpeechStarted(turn=1))
    view.tell(e.PartialText(text="Dear Anna", committed="Dear Anna", turn=1))
    view.wait(60)
    assert (view.seen, view.text) == (True, "Dear Anna")


def test_hands_free_dictation_is_seen_until_it_ends(view):
    view.tell(e.ModeChanged(mode="listening", dictating=True))
    view.wait(600)
    assert (view.seen, view.status) == (True, "dictating")
    view.tell(e.SpeechStarted(turn=2), final("Hello.", 2))
    view.wait(60)
    assert (view.seen, view.text) == (True, ""), "what was typed is in the window"
    view.tell(e.ModeChanged(mode="idle", dictating=False))
    view.wait(60)
    assert not view.seen


def test_a_piece_that_is_decoded_late_does_not_cover_what_is_being_said(view):
    view.tell(e.ModeChanged(mode="listening", dictating=True), e.SpeechStarted(turn=2), e.SpeechStarted(turn=3))
    view.tell(e.PartialText(text="the second", committed="", tentative="the second", turn=3), final("The first.", 2))
    assert view.text == "the second"
    view.tell(e.PartialText(text="the first", committed="the first", turn=2))
    assert view.text == "the second"


def test_a_doubtful_text_looks_doubtful(view):
    view.tell(final("Thank you for watching.", reliable=False), e.TurnEnded(outcome="unreliable", turn=1))
    assert (view.sure, view.open) == ("", "Thank you for watching.")
    assert "not sure" in view.notice


def test_what_went_wrong_is_told_for_a_while(view):
    view.tell(e.Failed(message="the window did not take the text", code="x", hint="paste it"))
    assert (view.seen, view.notice) == (True, "the window did not take the text (paste it)")
    view.wait(NOTICE_S + 0.1)
    assert (view.seen, view.notice) == (False, "")
    view.tell(e.TurnEnded(outcome="kept", turn=3))
    assert "clipboard" in view.notice


def test_a_lost_microphone_is_told_until_it_is_back(view):
    view.tell(e.DeviceLost(device="USB", reason="stalled"))
    view.wait(120)
    assert "USB" in view.notice
    view.tell(e.TurnEnded(outcome="busy", turn=3))
    assert "USB" not in view.notice
    view.wait(60)
    assert (view.seen, "USB" in view.notice) == (True, True)  # it was not forgotten for what was told meanwhile
    view.tell(e.DeviceBack(device="USB"))
    view.wait(60)
    assert (view.seen, view.notice) == (False, "")


def test_muting_is_shown_and_then_nothing(view):
    view.tell(e.ModeChanged(mode="idle", muted=True))
    assert (view.seen, view.status) == (True, "muted")
    view.wait(60)
    assert not view.seen
    view.tell(e.ModeChanged(mode="idle", muted=False))
    assert view.seen


def test_what_was_no_speech_goes(view):
    view.tell(e.SpeechStarted(turn=1), e.PartialText(text="hm", tentative="hm", turn=1))
    view.tell(e.Discarded(reason="no_speech", turn=1))
    assert view.text == ""


def colour(code):
    """Relative luminance (WCAG 2)."""
    parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_can_be_read():
    from aihear_voice.overlay.window import ALARM, BACKGROUND, BRIGHT, DIM

    for front in (BRIGHT, DIM, ALARM):
        assert (colour(front) + 0.05) / (colour(BACKGROUND) + 0.05) >= 7, "WCAG AAA"
