"""How short a model's window may be: its manifest, and what was measured on this computer."""

import pytest

from aihear_voice import paths
from aihear_voice.errors import ModelError
from aihear_voice.recognition import windows
from aihear_voice.recognition.store import ModelStore

SUM = "ab" * 32


def test_a_model_of_which_nothing_is_known_sees_ten_seconds(home, tmp_path):
    assert windows.shortest_s(tmp_path / "base.pt", SUM) == 10.0


def test_the_starter_knows_short_windows(home):
    assert windows.shortest_s(ModelStore().starter().path, SUM) == 2.0


def test_what_was_measured_counts_more_than_the_manifest(home, tmp_path):
    (tmp_path / "mine.toml").write_text("shortest_window_s = 5")
    assert windows.shortest_s(tmp_path / "mine.pt", SUM) == 5.0
    windows.calibrate(SUM, 3.5)
    assert windows.shortest_s(tmp_path / "mine.pt", SUM) == 3.5
    assert windows.shortest_s(tmp_path / "mine.pt", "cd" * 32) == 5.0
    windows.calibrate(SUM, None)
    assert windows.shortest_s(tmp_path / "mine.pt", SUM) == 5.0


@pytest.mark.parametrize("content", ["shortest_window_s = 0", 'shortest_window_s = "x"', "= broken"])
def test_a_wrong_manifest_is_one_clear_error(home, tmp_path, content):
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(ModelError, match=r"mine\.toml"):
        windows.shortest_s(tmp_path / "mine.pt", SUM)


def test_an_impossible_window_is_refused(home):
    with pytest.raises(ModelError):
        windows.calibrate(SUM, 0.1)


@pytest.mark.parametrize("content", ["", "[]", '{"x": "y"}', f'{{"{SUM}": 900}}'])
def test_a_broken_record_is_no_record(home, tmp_path, content):
    paths.models().mkdir(parents=True)
    (paths.models() / "windows.json").write_text(content)
    assert windows.shortest_s(tmp_path / "base.pt", SUM) == 10.0
