"""`aihear transcribe` and `aihear models` as processes."""

import json
import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest

from aihear_voice import paths

from ... import rigs


def aihear(*arguments):
    command = [sys.executable, "-m", "aihear_voice", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def record(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def recordings(home, tmp_path):
    record(tmp_path / "one.wav", rigs.speech("Turn on the kitchen lights."))
    record(
        tmp_path / "two.wav", rigs.join(rigs.speech("What time is it?", "flite:rms"), 1.0, rigs.speech("Thank you."))
    )
    return tmp_path


def test_one_recording_goes_to_standard_output(recordings):
    ran = aihear("transcribe", recordings / "one.wav")
    assert (ran.returncode, ran.stdout) == (0, "Turn on the kitchen lights.\n")
    assert "starter" in ran.stderr


def test_a_bad_file_leaves_the_others_alone(recordings):
    (recordings / "empty.wav").touch()
    (recordings / "notes.txt").write_text("hello\n")
    files = [recordings / name for name in ("missing.wav", "one.wav", "empty.wav", "notes.txt", "two.wav")]
    ran = aihear("transcribe", *files, "--format", "srt", "--output-dir", recordings / "out")
    assert ran.returncode == 3
    assert sorted(file.name for file in (recordings / "out").iterdir()) == ["one.srt", "two.srt"]
    assert "What time is it?" in (recordings / "out" / "two.srt").read_text()
    assert ran.stderr.count("hint:") == 3
    assert "Traceback" not in ran.stderr


def test_json_is_whispers_own_with_words(recordings):
    ran = aihear("transcribe", recordings / "two.wav", "--format", "json")
    result = json.loads(ran.stdout)
    assert result["language"] == "en"
    assert [segment["text"] for segment in result["segments"]] == [" What time is it?", " Thank you."]
    assert result["text"] == " What time is it? Thank you."
    for segment in result["segments"]:
        assert "".join(word["word"] for word in segment["words"]) == segment["text"]
        assert set(segment["words"][0]) == {"word", "start", "end", "probability"}


def test_a_language_can_be_asked_for(recordings):
    ran = aihear("transcribe", recordings / "one.wav", "--format", "json", "--language", "de")
    assert json.loads(ran.stdout)["language"] == "de"
    assert aihear("transcribe", recordings / "one.wav", "--language", "xx").returncode == 2


@pytest.mark.parametrize("kind", ["missing", "broken", "not pulled"])
def test_a_model_that_is_not_there_or_broken(recordings, kind):
    (recordings / "broken.pt").write_bytes(b"nothing like a model")
    model = {"missing": recordings / "no.pt", "broken": recordings / "broken.pt", "not pulled": "small"}[kind]
    ran = aihear("transcribe", recordings / "one.wav", "--model", model)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "hint:" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_several_recordings_need_a_folder(recordings):
    ran = aihear("transcribe", recordings / "one.wav", recordings / "two.wav")
    assert ran.returncode == 2
    assert "--output-dir" in ran.stderr


def test_a_checkpoint_is_imported_used_verified_and_removed(recordings):
    source = shutil.copy(paths.assets() / "starter.pt", recordings / "mine.pt")
    brought = aihear("models", "import", source)
    assert brought.returncode == 0, brought.stderr
    assert "multilingual" in brought.stdout
    listed = {row["name"]: row for row in json.loads(aihear("models", "list", "--json").stdout)}
    assert listed["mine"]["origin"] == "imported"
    assert listed["starter"]["in_use"]
    assert not listed["mine"]["in_use"]
    assert (listed["starter"]["engine"], listed["mine"]["engine"]) == ("fast", "")
    assert listed["turbo" if "turbo" in listed else "large-v3-turbo"]["path"] is None
    ran = aihear("transcribe", recordings / "one.wav", "--model", "mine")
    assert ran.stdout == "Turn on the kitchen lights.\n"
    assert "mine" in aihear("models", "verify").stdout
    assert aihear("models", "remove", "mine").returncode == 0
    assert aihear("models", "verify", "mine").returncode == 4


def test_the_list_tells_the_engine_and_what_is_prepared(recordings):
    assert aihear("transcribe", recordings / "one.wav").returncode == 0
    listed = aihear("models", "list").stdout
    assert "built in, prepared for the fast engine" in listed
    assert "'fast'" in listed
    assert "'whisper'" in aihear("models", "--set", "recognition.engine=whisper", "list").stdout


def test_what_is_no_checkpoint_is_not_imported(recordings):
    (recordings / "holiday.pt").write_bytes(b"not a model")
    ran = aihear("models", "import", recordings / "holiday.pt")
    assert ran.returncode == 4
    assert "Traceback" not in ran.stderr
    assert not list(paths.models().glob("holiday*"))


def test_a_pull_of_what_does_not_exist(home):
    ran = aihear("models", "pull", "gigantic")
    assert ran.returncode == 4
    assert "gigantic" in ran.stderr
