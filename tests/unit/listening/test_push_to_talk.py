"""What a key's downs and ups mean; times are the test's own."""

import msgspec
import pytest

from aihear_voice import settings as settings_module
from aihear_voice.errors import DeviceError
from aihear_voice.listening.push_to_talk import KeyListener, KeySwitch

PTT = settings_module.load(env={}).push_to_talk


class Hand:
    """Presses keys at given times; collects (time of the poll, action)."""

    def __init__(self, mode, key="f13"):
        self.key = key
        self.switch = KeySwitch(msgspec.structs.replace(PTT, mode=mode), key)
        self.now = 10.0
        self.actions = []

    def wait(self, seconds):
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(end, self.now + 0.01)
            self.actions += self.switch.poll(self.now)
        return self

    def down(self, name=None):
        self.switch.feed(name or self.key, True, self.now)
        return self

    def up(self, name=None):
        self.switch.feed(name or self.key, False, self.now)
        return self

    def press(self, seconds):
        return self.down().wait(seconds).up().wait(0.5)

    def take(self):
        taken, self.actions = self.actions, []
        return taken


def test_hold():
    hand = Hand("hold")
    assert hand.down().wait(1.0).take() == ["start"]
    assert hand.up().wait(0.2).take() == ["stop"]
    assert hand.press(0.1).take() == ["start", "stop"]


def test_toggle():
    hand = Hand("toggle")
    assert hand.press(0.1).take() == ["start"]
    assert hand.press(2.0).take() == ["stop"]


def test_both_a_tap_toggles_and_holding_holds():
    hand = Hand("both")
    assert hand.press(0.15).take() == ["start"]
    assert hand.wait(3.0).take() == []
    assert hand.press(0.15).take() == ["stop"]
    assert hand.press(1.0).take() == ["start", "stop"]


@pytest.mark.parametrize("mode", ["hold", "toggle", "both"])
def test_a_bouncing_or_brushed_key_does_nothing(mode):
    hand = Hand(mode)
    for _ in range(4):
        hand.down().wait(0.01).up().wait(0.01)
    assert hand.wait(0.5).take() == []


@pytest.mark.parametrize("mode", ["hold", "both"])
def test_auto_repeat_does_not_let_go(mode):
    hand = Hand(mode).down().wait(0.5)
    for _ in range(30):
        hand.up()
        hand.down().wait(0.03)
    for _ in range(10):
        hand.down().wait(0.03)
    assert hand.take() == ["start"]
    assert hand.up().wait(0.2).take() == ["stop"]


def test_a_burst_of_repeats_after_the_release_is_no_second_press():
    hand = Hand("hold").down().wait(0.5).up()
    for _ in range(5):
        hand.down().up()
    assert hand.wait(0.5).take() == ["start", "stop"]


def test_events_that_are_polled_late_mean_the_same():
    switch = KeySwitch(PTT, "f13")
    for down, at in ((True, 1.0), (False, 3.0), (True, 4.0), (False, 6.0)):
        switch.feed("f13", down, at)
    assert switch.poll(7.0) == ["start", "stop", "start", "stop"]


@pytest.mark.parametrize("mode", ["hold", "toggle", "both"])
def test_ctrl_c_is_not_push_to_talk(mode):
    hand = Hand(mode, "ctrl_r").down().wait(0.15)
    hand.down("other").wait(0.05).up("other").wait(0.05).up().wait(0.3)
    assert hand.take() == ["start", "cancel"]
    hand.press(1.0)
    assert hand.take()[0] == "start"


def test_a_chord_that_is_quicker_than_the_debouncing_never_starts():
    hand = Hand("hold", "ctrl_r").down().wait(0.02).down("other").wait(0.3).up("other").up().wait(0.3)
    assert hand.take() == []


def test_typing_goes_on_beside_a_key_that_is_no_modifier():
    hand = Hand("hold", "f13").down().wait(0.3).down("other").wait(0.1).up("other").wait(0.3)
    assert hand.take() == ["start"]


def test_a_chord_does_not_end_what_a_tap_began():
    hand = Hand("both", "ctrl_r").press(0.1)
    hand.down().wait(0.1).down("other").up("other").wait(0.1).up().wait(0.3)
    assert hand.take() == ["start"]
    assert hand.press(0.1).take() == ["stop"]


def test_what_ended_by_itself_begins_with_the_next_press():
    hand = Hand("toggle").press(0.1)
    hand.switch.ended()
    assert hand.take() == ["start"]
    assert hand.press(0.1).take() == ["start"]


def test_without_a_display_it_is_said_so():
    with pytest.raises(DeviceError) as caught:
        KeyListener(["ctrl_r"], print)
    assert caught.value.code == "no_display"
    assert caught.value.hint
