"""Finding devices by name, and quiet libraries. No device is needed."""

import os

import pytest

from aihear_voice.audio import server
from aihear_voice.audio.devices import Device, find, has_microphone, list_devices
from aihear_voice.audio.hush import Hush
from aihear_voice.audio.microphone import DeviceMicrophone
from aihear_voice.errors import DeviceError
from aihear_voice.settings import load

DEVICES = [
    Device("Blue Yeti Analog Stereo", 0, 48_000, 2, "alsa_input.usb-Blue_Yeti-00"),
    Device("Built-in Audio", 0, 48_000, 2, "alsa_input.pci-0000_00_1f.3", default=True),
    Device("Built-in Audio Monitor", 0, 48_000, 2, "alsa_output.pci-0000_00_1f.3.monitor"),
    Device("default", 1, 44_100, 32),
]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("yeti", "Blue Yeti Analog Stereo"),
        ("BLUE YETI", "Blue Yeti Analog Stereo"),
        ("usb-blue", "Blue Yeti Analog Stereo"),
        ("built-in", "Built-in Audio"),
        ("built-in audio monitor", "Built-in Audio Monitor"),
        ("default", "default"),
    ],
)
def test_a_part_of_the_name_is_enough(part, name):
    assert find(DEVICES, part).name == name


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(DeviceError) as told:
        find(DEVICES, "blue yetti analog sterio")
    assert (told.value.code, told.value.hint) == ("unknown_device", "did you mean Blue Yeti Analog Stereo?")


def test_a_name_like_none_is_answered_with_all():
    with pytest.raises(DeviceError) as told:
        find(DEVICES, "zzz")
    assert "zzz" in told.value.message
    for device in DEVICES:
        assert device.name in told.value.hint


@pytest.fixture
def no_sound(home, monkeypatch):
    """No sound server can be reached, and ALSA has no card of its own here."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{home}/none")
    if any(device.channels for device in list_devices("input", fresh=True)):
        pytest.skip("this computer has a sound card")


def test_without_a_microphone_the_person_is_told_what_to_do(no_sound, capfd):
    assert not has_microphone()
    with pytest.raises(DeviceError) as told:
        DeviceMicrophone(load(env={}).audio).open()
    assert told.value.code == "no_microphone"
    assert "plug" in told.value.hint
    assert capfd.readouterr().err == ""


def test_a_server_that_is_not_there_is_no_error(no_sound):
    assert server.endpoints("input") == []
    assert server.default("input") == ""
    assert server.recorded_by(os.getpid()) is None


def test_libraries_are_silenced_and_nobody_else(capfd):
    with Hush():
        os.write(2, b"ALSA lib confmisc.c:855:(parse_card) cannot find card '0'\n\n")
        os.write(2, b"jack server is not running or cannot be started\n")
        os.write(2, b"aihear: something that matters\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "aihear: something that matters\nafterwards\n"


def test_the_terminal_is_given_back_while_the_work_inside_still_hangs(capfd):
    hush = Hush()
    with hush:
        hush.end()
        os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
