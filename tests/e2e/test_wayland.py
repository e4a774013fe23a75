"""The real program in a real Wayland session: a person holds a key that sway has bound, speaks, looks at the window."""

import shlex
import sys
import time
from pathlib import Path

import pytest

from ..rigs import join, speech
from ..wayland import Hand, SwaySession

pytestmark = pytest.mark.e2e
HERE = Path(__file__).resolve().parents[2]


@pytest.fixture
def desktop(home, monkeypatch):
    """Keys as the README binds them."""
    trigger = f"exec env PYTHONPATH={shlex.quote(str(HERE))} XDG_RUNTIME_DIR={home / 'run'} HOME={home} "
    trigger += f"{shlex.quote(sys.executable)} -m aihear_voice trigger"
    session = SwaySession(
        f"""bindsym --no-repeat F9 {trigger} hold
bindsym --release F9 {trigger} stop
bindsym --no-repeat F10 {trigger} dictate
bindsym --release F10 {trigger} stop"""
    )
    monkeypatch.delenv("DISPLAY", raising=False)
    for name, value in session.env.items():
        monkeypatch.setenv(name, value)
    yield session
    session.close()


def held(pulse, hand, key, text):
    """key: its kernel code"""
    hand.code(key, True)
    time.sleep(0.5)
    pulse.play(join(0.2, speech(text, "flite:rms"), 0.3))
    hand.code(key, False)


def test_a_key_that_sway_binds_talks_and_dictates(pulse, desktop, aihear):
    hand = Hand()
    window = desktop.foot()
    program = aihear("run", env={"AIHEAR__OVERLAY__ENABLED": "false"})
    program.wait_for("Ready", 60)
    time.sleep(1.5)
    held(pulse, hand, 67, "what time is it")
    program.wait_for("Matched", 30, plugin="clock", intent="tell_time")
    held(pulse, hand, 68, "This is a test of the dictation")
    typed = program.wait_for("Typed", 30)
    assert window.added(typed["text"]) == typed["text"]
    assert "test of the dictation" in typed["text"].lower()
    hand.close()
    assert program.stop() == 0
