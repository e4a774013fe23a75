"""The overlay on a real screen with a window manager: it is seen, and it is in nobody's way."""

import time

import pytest
from Xlib import Xatom, display

from aihear_voice import doctor
from aihear_voice import events as e
from aihear_voice import settings as settings_module
from aihear_voice.overlay.process import Overlay, python_with_tk

from ...rigs import wait_until

pytestmark = pytest.mark.e2e
TITLE = "aihear overlay"


@pytest.fixture
def overlay(screen):
    if python_with_tk() is None:
        pytest.skip("no Python with Tk")
    started = []

    def start(*flags):
        started.append(Overlay(settings_module.load(flags, env={}).overlay))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


def geometry(screen):
    """x, y, width, height."""
    told = screen.xdotool("getwindowgeometry", "--shell", screen.find(TITLE))
    values = dict(line.split("=") for line in told.splitlines())
    return tuple(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))


def listening(overlay, text="This is a test"):
    overlay.hear(e.ModeChanged(mode="listening"))
    overlay.hear(e.SpeechStarted(turn=1))
    overlay.hear(e.PartialText(text=text, committed=text, turn=1))


def shown(screen):
    wait_until(lambda: screen.find(TITLE), "the overlay comes up", 20)


def test_the_focus_stays_and_keys_and_clicks_reach_the_persons_window(screen, overlay):
    focused = screen.xdotool("getwindowfocus"), screen.xdotool("getactivewindow")
    window = overlay()
    listening(window)
    shown(screen)
    assert (screen.xdotool("getwindowfocus"), screen.xdotool("getactivewindow")) == focused
    screen.xdotool("type", "by hand")
    assert screen.wait_text("by hand") == "by hand"
    x, y, width, height = geometry(screen)
    for number in range(3):
        window.hear(e.PartialText(text="more " * 20 * number, committed="more " * 20 * number, turn=1))
        screen.xdotool("mousemove", str(x + width // 2), str(y + height // 2), "click", "1", "click", "3")
    assert (screen.xdotool("getwindowfocus"), screen.xdotool("getactivewindow")) == focused
    screen.xdotool("type", ", more")
    assert screen.wait_text("by hand, more") == "by hand, more"


@pytest.mark.parametrize("position", ["top", "bottom"])
def test_it_stands_in_the_middle_and_inside_of_the_screen(screen, overlay, position):
    window = overlay(f"overlay.position={position}")
    listening(window, "A long text that goes on and on. " * 20)
    shown(screen)
    time.sleep(0.5)
    x, y, width, height = geometry(screen)
    assert abs(x + width / 2 - 640) <= 1, "of 1280 pixels"
    assert 0 < y < y + height < 900
    assert (y + height / 2 < 450) == (position == "top")
    assert height < 200, "the end of a long text is enough"


def test_it_goes_when_nothing_is_heard_any_more(screen, overlay):
    window = overlay()
    listening(window)
    shown(screen)
    window.hear(e.Discarded(reason="cancelled", turn=1))
    window.hear(e.ModeChanged(mode="idle"))
    wait_until(lambda: not screen.find(TITLE), "the overlay goes", 10)


def test_it_grows_with_the_desktops_scale(screen, overlay):
    listening(small := overlay())
    shown(screen)
    time.sleep(0.3)
    before = geometry(screen)[3]
    small.stop()
    wait_until(lambda: not screen.find(TITLE), "the overlay goes")
    server = display.Display()
    root, name = server.screen().root, server.intern_atom("RESOURCE_MANAGER")
    root.change_property(name, Xatom.STRING, 8, b"Xft.dpi:\t192\n")
    server.sync()
    try:
        listening(overlay())
        shown(screen)
        time.sleep(0.3)
        assert geometry(screen)[3] == pytest.approx(2 * before, rel=0.15)
    finally:
        root.delete_property(name)
        server.close()


def test_it_ends_with_the_program(screen, overlay):
    window = overlay()
    listening(window)
    shown(screen)
    window.stop()
    assert screen.find(TITLE) == ""


def test_doctor_tells_of_it(screen, overlay, monkeypatch):
    def says(*flags):
        return doctor._overlay(settings_module.load(flags, env={})).says

    assert "shows what is heard" in says()
    assert "switched off" in says("overlay.enabled=false")
    monkeypatch.delenv("DISPLAY")
    assert "not shown: there is no display" in says()


def test_the_program_goes_on_when_it_is_killed(screen, overlay):
    window = overlay()
    listening(window)
    shown(screen)
    screen.xdotool("windowkill", screen.find(TITLE))
    wait_until(lambda: not screen.find(TITLE), "the overlay is gone")
    for _ in range(2000):
        window.hear(e.SpeechStarted(turn=2))
    window.stop()
