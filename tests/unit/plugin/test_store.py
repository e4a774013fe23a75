import pytest

from aihear_voice.errors import PluginError
from aihear_voice.plugin.store import JsonStore, MemoryStore


def test_what_is_saved_is_loaded_again(tmp_path):
    path = tmp_path / "new" / "demo.json"
    assert JsonStore(path).load() == {}
    JsonStore(path).save({"words": ["a", "ü", "字"], "n": 1.5})
    assert JsonStore(path).load() == {"words": ["a", "ü", "字"], "n": 1.5}
    assert [file.name for file in path.parent.iterdir()] == ["demo.json"]


def test_what_is_no_json_leaves_the_old_data(tmp_path):
    store = JsonStore(tmp_path / "demo.json")
    store.save({"a": 1})
    with pytest.raises(PluginError):
        store.save({"a": object()})
    assert store.load() == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["demo.json"]


@pytest.mark.parametrize("text", ["{", "[1]", "\udcff"])
def test_a_corrupt_file_is_kept_aside_and_told(tmp_path, text):
    path = tmp_path / "demo.json"
    path.write_text(text, errors="surrogateescape")
    told = []
    assert JsonStore(path, told.append).load() == {}
    assert len(told) == 1
    assert path.with_name("demo.json.corrupt").exists()


def test_memory_keeps_its_changes_to_itself():
    initial = {"list": [1]}
    store = MemoryStore(initial)
    store.load()["list"].append(2)
    store.save({"list": [3]})
    assert initial == {"list": [1]}
    assert store.load() == {"list": [3]}
