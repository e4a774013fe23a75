"""Keys and buttons on a real X server, pressed by xdotool."""

import subprocess
import sys
import threading
import time

import pytest

from aihear_voice import settings as settings_module
from aihear_voice.errors import SettingsError
from aihear_voice.listening.push_to_talk import KeyListener, KeySwitch

from ...rigs import wait_until

pytestmark = pytest.mark.e2e
PTT = settings_module.load(env={}).push_to_talk


class Watch:
    """The events of a listener, with their times."""

    def __init__(self, *names):
        self.events = []
        self.listener = KeyListener(names, lambda *event: self.events.append(event))
        self.listener.start()

    def named(self, name):
        return [down for event, down, _ in self.events if event == name]

    def wait(self, name, *downs):
        wait_until(lambda: self.named(name) == list(downs), f"{name} {downs}, but {self.events}", 3.0)


@pytest.fixture
def watch(screen):
    started = []

    def start(*names):
        started.append(Watch(*names))
        return started[-1]

    yield start
    for each in started:
        each.listener.stop()


@pytest.mark.parametrize(
    ("name", "pressed"),
    [
        ("ctrl_r", "Control_R"), ("CTRL_R", "Control_R"), ("pause", "Pause"), ("scroll_lock", "Scroll_Lock"),
        ("f9", "F9"), ("a", "a"), ("a", "shift+a"), ("alt_gr", "ISO_Level3_Shift"), ("ctrl", "Control_L"),
        # As the kernel numbers them: usual layouts call F13 XF86Tools and leave F19 without any name.
        ("f13", "191"), ("f19", "197"), ("f20", "198"), ("f24", "202"),
    ],
)  # fmt: skip
def test_a_key_is_seen(watch, screen, name, pressed):
    seen = watch(name)
    screen.xdotool("key", pressed)
    seen.wait(name, True, False)


@pytest.mark.parametrize(("name", "button"), [("mouse:middle", "2"), ("mouse:button8", "8"), ("mouse:button9", "9")])
def test_a_button_of_the_mouse_is_seen(watch, screen, name, button):
    seen = watch(name)
    screen.xdotool("click", button)
    seen.wait(name, True, False)


def test_the_left_key_is_not_the_right_one(watch, screen):
    seen = watch("ctrl_r")
    screen.xdotool("key", "Control_L")
    seen.wait("other", True, False)
    assert seen.named("ctrl_r") == []


def test_other_keys_are_not_named(watch, screen):
    seen = watch("f9")
    screen.xdotool("key", "s", "e", "c")
    seen.wait("other", True, False, True, False, True, False)


def test_auto_repeat_of_a_held_key_is_one_press(watch, screen):
    seen = watch("f9")
    screen.xdotool("keydown", "F9")
    time.sleep(1.5)
    screen.xdotool("keyup", "F9")
    wait_until(lambda: seen.named("f9")[-1:] == [False], "the release")
    switch = KeySwitch(PTT, "f9")
    for name, down, at in seen.events:
        switch.feed(name, down, at)
    assert switch.poll(time.monotonic() + 1) == ["start", "stop"]


def test_control_c_is_cancelled_and_typing_does_not_start(watch, screen):
    seen = watch("ctrl_r")
    screen.xdotool("keydown", "Control_R")
    time.sleep(0.2)
    screen.xdotool("key", "c")
    screen.xdotool("keyup", "Control_R")
    seen.wait("ctrl_r", True, False)
    switch = KeySwitch(PTT, "ctrl_r")
    for name, down, at in seen.events:
        switch.feed(name, down, at)
    assert switch.poll(time.monotonic() + 1) == ["start", "cancel"]


def test_what_the_program_types_is_not_the_persons(watch, screen):
    seen = watch("ctrl_l", "f13", "pause")
    seen.listener.pause()
    screen.xdotool("key", "Control_L")
    screen.xdotool("key", "x")
    screen.xdotool("key", "Pause")
    seen.wait("pause", True, False)
    seen.listener.resume()
    assert [name for name, _, _ in seen.events] == ["pause", "pause"]


def test_a_key_let_go_while_the_program_types_is_let_go_afterwards(watch, screen):
    seen = watch("ctrl_r")
    screen.xdotool("keydown", "Control_R")
    seen.wait("ctrl_r", True)
    seen.listener.pause()
    screen.xdotool("keyup", "Control_R")
    time.sleep(0.2)
    assert seen.named("ctrl_r") == [True]
    seen.listener.resume()
    assert seen.named("ctrl_r") == [True, False]


def test_a_key_pressed_while_the_program_types_counts_from_then_on(watch, screen):
    """The program never presses Right Ctrl: who does has begun to speak."""
    seen = watch("ctrl_r")
    seen.listener.pause()
    screen.xdotool("keydown", "Control_R")
    seen.wait("ctrl_r", True)
    screen.xdotool("keyup", "Control_R")
    let_go = time.monotonic()
    time.sleep(0.5)
    seen.listener.resume()
    seen.wait("ctrl_r", True, False)
    assert seen.events[-1][2] == pytest.approx(let_go, abs=0.2), "it was let go when it was, not when that was told"


def test_a_held_modifier_that_the_program_lifts_for_a_while_stays_held(watch, screen):
    seen = watch("ctrl_r")
    screen.xdotool("keydown", "Control_R")
    seen.wait("ctrl_r", True)
    seen.listener.pause()
    screen.xdotool("keyup", "Control_R")
    screen.xdotool("keydown", "Control_R")
    time.sleep(0.2)
    seen.listener.resume()
    assert seen.named("ctrl_r") == [True]
    screen.xdotool("keyup", "Control_R")
    seen.wait("ctrl_r", True, False)


def test_it_stops_at_once_and_starts_again(watch, screen):
    seen = watch("f9")
    for _ in range(5):
        start = time.monotonic()
        seen.listener.stop()
        assert time.monotonic() - start < 1.0
        seen.listener.start()
    seen.listener.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Thread-") and thread.is_alive()]
    screen.xdotool("key", "F9")
    time.sleep(0.2)
    assert seen.events == []


@pytest.mark.parametrize(("wrong", "right"), [("ctrl_rr", "ctrl_r"), ("mouse:buton8", "mouse:button8"), ("f25", "f")])
def test_a_wrong_name_is_refused_with_a_guess(screen, wrong, right):
    with pytest.raises(SettingsError) as caught:
        KeyListener([wrong], print)
    assert right in caught.value.hint


def test_nothing_is_written_to_the_terminal(screen):
    code = (
        "from aihear_voice.listening.push_to_talk import KeyListener\n"
        "for _ in range(10):\n"
        "    listener = KeyListener(['ctrl_r'], print); listener.start(); listener.stop()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
