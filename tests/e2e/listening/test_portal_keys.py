"""Global keys under Wayland: the real desktop portal, whose desktop's half is played by the test."""

import time

import pytest

from aihear_voice import doctor
from aihear_voice import settings as settings_module
from aihear_voice.errors import DeviceError
from aihear_voice.hotkeys import Hotkeys
from aihear_voice.listening.global_keys import open_keys
from aihear_voice.listening.portal_keys import PortalKeys
from aihear_voice.messages import Key, Trigger

from ... import rigs
from ...portal import Portal

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def shared_portal():
    portal = Portal()
    yield portal
    portal.close()


@pytest.fixture
def portal(shared_portal, monkeypatch):
    """A Wayland desktop that has the portal, and nothing else."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "/nowhere/wayland-0")
    for name, value in shared_portal.env.items():
        monkeypatch.setenv(name, value)
    shared_portal.refuses, shared_portal.bound = False, []
    return shared_portal


def test_held_keys_start_and_stop(portal):
    keys = Hotkeys(settings_module.load(env={}))
    got = []

    def poll():
        got.extend(keys.poll())
        return got

    try:
        rigs.wait_until(lambda: len(portal.bound) == 2, "the portal is asked")
        assert {name for name, _, _ in portal.bound} == {"talk", "mute"}
        portal.press("talk", True)
        rigs.wait_until(lambda: poll() == [Key("start", "ctrl_r", False)], "talking starts")
        time.sleep(0.4)
        portal.press("talk", False)
        rigs.wait_until(lambda: poll()[1:] == [Key("stop", "ctrl_r", False)], "talking stops")
        portal.press("mute", True)
        time.sleep(0.1)  # shorter presses are none
        portal.press("mute", False)
        rigs.wait_until(lambda: poll()[2:] == [Trigger("mute_toggle")], "it is muted")
    finally:
        keys.stop()


def test_keys_are_proposed_as_the_portal_writes_them(portal):
    listener = open_keys({"talk": "ctrl_r", "dictate": "f13", "mute": "pause"}, lambda *event: None)
    listener.start()
    try:
        rigs.wait_until(lambda: len(portal.bound) == 3, "the portal is asked")
        assert [key for _, _, key in portal.bound] == ["CTRL+ALT+space", "F13", "Pause"]
    finally:
        listener.stop()


def test_a_person_who_says_no_is_not_asked_again(portal):
    portal.refuses = True
    listener = open_keys({"talk": "f9"}, lambda *event: None)
    assert isinstance(listener, PortalKeys)
    listener.start()
    rigs.wait_until(lambda: portal.bound, "the portal is asked")
    listener.stop()
    assert len(portal.bound) == 1


def test_without_a_portal_the_way_round_is_named(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "/nowhere/wayland-0")
    with pytest.raises(DeviceError) as error:
        open_keys({"talk": "f9"}, lambda *event: None)
    assert "aihear trigger" in error.value.hint


def test_doctor_names_the_portal(portal):
    check = next(check for name, _, check in doctor.CHECKS if name == "push-to-talk")
    assert "portal" in check(settings_module.load(env={})).says
