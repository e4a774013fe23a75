"""`aihear bench`: what its last line promises to other programs. The figures themselves are no test's business."""

import json

import pytest

from tests.rigs import aihear_once, speech, write_wav

pytestmark = pytest.mark.usefixtures("home")


def bench(*arguments):
    done = aihear_once("bench", *arguments, "--json", timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_latency_compares_all_engines_on_the_same_work():
    result = bench("latency", "--sizes", "tiny", "--rounds", "2", "--turns", "0")
    engines = {"aihear", "aihear_10s", "aihear_30s", "openai_whisper", "faster_whisper", "whisper_cpp"}
    assert set(result["seconds"]) == engines
    assert {row["tiny"] for row in result["tokens"].values()} == {20}
    for name, ratio in result["ratios"].items():
        theirs, ours = result["seconds"][name]["tiny"], result["seconds"]["aihear"]["tiny"]
        assert ratio == pytest.approx(theirs / ours, rel=0.05)
    assert {"openai_whisper", "faster_whisper"} <= set(result["ratios"]) & set(result["ratios_10s"])


def test_accuracy_on_recordings_of_ones_own(tmp_path):
    for number, sentence in enumerate(("What time is it?", "Scroll down.", "Good morning.")):
        write_wav(tmp_path / f"{number}.wav", speech(sentence, "flite:slt"))
        (tmp_path / f"{number}.txt").write_text(sentence if number else "A text that nobody said at all.")
    result = bench("accuracy", str(tmp_path))
    assert (result["sentences"], result["words"]) == (3, 11)
    for window in ("short_window", "full_window"):
        assert result[window]["exact"] == pytest.approx(66.67)
        assert result[window]["wer"] > 50


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("latency", "--sizes", "enormous"), "tiny"),
        (("accuracy", "--calibrate"), "folder"),
        (("accuracy", "/dev"), "a.txt"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_line(arguments, hint):
    done = aihear_once("bench", *arguments)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_idle_measures_the_real_program():
    result = bench("idle", "--seconds", "3", "--starts", "1", "--model", "starter")
    assert 0 < result["noise_percent"] < 100
    assert 0 < result["speech_percent"] < 100
    assert result["pss_mb"] > 50
    assert result["ready_s"] > 0
    assert result["events"]["Ready"] == 1
    wake = result["wake"]
    assert wake["hits_with_gate"] == wake["hits_without_gate"] > wake["trials"] / 2
    assert wake["asleep_before_percent"] > 50
