import json
import threading

import pytest

from aihear_voice.errors import PluginError
from aihear_voice.plugin.alarms import Alarms


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "alarms.json"


def add(alarms, at, **slots):
    return alarms.add(at, "clock", "ring", slots, "en")


def test_alarms_survive_a_restart(path):
    add(Alarms(path), 100.0, label="Tee für Anna")
    (kept,) = Alarms(path).all()
    assert (kept.at, kept.plugin, kept.intent, kept.slots) == (100.0, "clock", "ring", {"label": "Tee für Anna"})


def test_those_that_are_due_come_once_soonest_first(path):
    alarms = Alarms(path)
    for at in (30.0, 10.0, 20.0, 40.0):
        add(alarms, at)
    assert [alarm.at for alarm in alarms.due(30.0)] == [10.0, 20.0, 30.0]
    assert alarms.due(30.0) == []
    assert [alarm.at for alarm in Alarms(path).all()] == [40.0]


def test_what_was_due_while_the_program_was_off_comes_afterwards(path):
    add(Alarms(path), 10.0)
    assert [alarm.at for alarm in Alarms(path).due(1e9)] == [10.0]


def test_removed_ones_are_gone(path):
    alarms = Alarms(path)
    first, second = add(alarms, 10.0), add(alarms, 20.0)
    assert alarms.remove(first.id)
    assert not alarms.remove(first.id)
    assert Alarms(path).all() == [second]


def test_another_process_may_set_one(path):
    running = Alarms(path)
    add(running, 10.0)
    add(Alarms(path), 20.0)  # as `aihear ask` does
    assert [alarm.at for alarm in running.all()] == [10.0, 20.0]
    add(running, 30.0)
    assert [alarm.at for alarm in Alarms(path).all()] == [10.0, 20.0, 30.0]


def test_a_corrupt_file_is_kept_aside_and_told(path):
    for number, text in enumerate(('[{"id": 1,', '{"not": "a list"}', '[{"id": "x"}]')):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        told = []
        alarms = Alarms(path, told.append)
        assert alarms.all() == []
        assert len(told) == 1, number
        assert "alarms.json.corrupt" in told[0]
        assert path.with_name("alarms.json.corrupt").read_text() == text
        add(alarms, 5.0)
        assert [alarm.at for alarm in Alarms(path).all()] == [5.0]


def test_one_that_cannot_be_written_is_not_set(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    alarms = Alarms(tmp_path / "state" / "alarms.json")
    with pytest.raises(PluginError):
        add(alarms, 10.0)
    assert alarms.all() == []


def test_a_dry_run_leaves_no_trace(path):
    alarms = Alarms(path)
    add(alarms, 10.0)
    copy = alarms.in_memory()
    add(copy, 20.0)
    copy.due(15.0)
    assert [alarm.at for alarm in copy.all()] == [20.0]
    assert [alarm.at for alarm in Alarms(path).all()] == [10.0]


def test_from_many_threads(path):
    alarms = Alarms(path)
    threads = [threading.Thread(target=lambda n=n: [add(alarms, float(n)) for _ in range(5)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({alarm.id for alarm in Alarms(path).all()}) == 20
    assert len(json.loads(path.read_text())) == 20
