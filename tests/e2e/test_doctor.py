"""aihear doctor on a machine with everything, and on one with nothing."""

import json

import pytest

from tests import rigs

pytestmark = pytest.mark.e2e
DEVICES = {"microphone", "loudspeaker", "typing", "push-to-talk"}


def complaints(done) -> list[str]:
    """No traceback, and none of ALSA's eighty lines. The first run of all prepares the model, and says so."""
    return [line for line in done.stderr.splitlines() if "preparing the model" not in line]


def examined(*flags: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = rigs.aihear_once("doctor", "--json", *flags)
    assert complaints(done) == []
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return done.returncode, {part["name"]: part for part in report["parts"]}


def test_where_all_is_well_it_says_so(home, pulse, screen, speech):
    player = pulse.play_in_background(rigs.join(*[speech("is anybody there")] * 20))
    try:
        code, parts = examined()
    finally:
        player.terminate()
    assert [part for part in parts.values() if not part["ok"]] == []
    assert code == 0
    assert "VirtualMic" in parts["microphone"]["says"]
    assert "dB" in parts["microphone"]["says"]
    assert " of 100" in parts["pronunciation"]["says"]
    assert "by the sound alone" not in parts["pronunciation"]["says"]


def test_silence_of_a_virtual_microphone_is_no_fault(home, pulse, screen):
    _, parts = examined()
    assert parts["microphone"]["ok"]
    assert "silence" in parts["microphone"]["says"]


def test_a_muted_microphone_is_told_from_a_quiet_room(home, pulse, screen, speech):
    quiet = pulse.play_in_background(rigs.noise(60, rms=0.00005))
    try:
        _, parts = examined()
        assert "quiet" in parts["microphone"]["says"]
        pulse.pactl("set-source-mute", "vmic", "1")
        code, parts = examined()
    finally:
        quiet.terminate()
        pulse.pactl("set-source-mute", "vmic", "0")
    assert code == 3
    assert not parts["microphone"]["ok"]
    assert "muted" in parts["microphone"]["says"]
    assert parts["microphone"]["remedy"].startswith("pactl set-source-mute")


def test_without_sound_and_screen_each_missing_part_has_its_remedy(home):
    code, parts = examined()
    assert code == 3
    assert {name for name, part in parts.items() if not part["ok"]} == DEVICES
    assert all(parts[name]["remedy"] for name in DEVICES)


def test_without_sound_and_screen_it_can_be_read(home):
    done = rigs.aihear_once("doctor")
    assert done.returncode == 3
    assert complaints(done) == []
    missing = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("MISSING")]
    assert set(missing) == DEVICES
    assert "Traceback" not in done.stdout


def test_a_broken_plugin_is_named_with_its_reason(home, pulse, screen):
    broken = home / "config" / "aihear" / "plugins" / "lamp"
    broken.mkdir(parents=True)
    (broken / "plugin.toml").write_text("name = 'lamp'\nthis is no toml")
    code, parts = examined()
    assert code == 5
    assert not parts["plugin lamp"]["ok"]
    assert parts["plugin lamp"]["remedy"] == "aihear plugins check lamp"


def test_a_model_that_is_not_there_is_the_only_thing_wrong(home, pulse, screen):
    code, parts = examined("--set", "recognition.model=/nowhere/large.pt")
    assert code == 4
    assert {name for name, part in parts.items() if not part["ok"]} == {"model", "recognition"}
    assert "/nowhere/large.pt" in parts["model"]["says"]


def test_wrong_settings_are_named_and_the_rest_is_still_examined(home, pulse, screen):
    code, parts = examined("--set", "wake.treshold=0.2")
    assert code == 2
    assert "wake.threshold" in parts["settings"]["remedy"]
    assert parts["wake word"]["ok"]
