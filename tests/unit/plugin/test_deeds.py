import pytest

from aihear_voice.plugin.deeds import Deeds


@pytest.fixture
def undone():
    return []


def test_the_last_that_did_something_is_taken_back_once(undone):
    deeds = Deeds(60.0, lambda: 0.0)
    deeds.keep(1, "clock", "start_timer", lambda: undone.append(1), {"set"})
    deeds.keep(2, "clock", "start_timer", lambda: undone.append(2), {"set"})
    deeds.keep(3, "clock", "tell_time", None)
    assert [deeds.take_back()[0] for _ in range(3)] == ["undone", "undone", "nothing"]
    assert undone == [2, 1]


def test_what_cannot_be_undone_hides_what_was_before(undone):
    deeds = Deeds(60.0, lambda: 0.0)
    deeds.keep(1, "clock", "start_timer", lambda: undone.append(1), {"set"})
    deeds.keep(2, "commands", "open_program", None, {"run"})
    assert deeds.take_back() == ("cannot", None)
    deeds.keep(3, "dictation", "type_text", None, {"type", "press"})
    assert deeds.take_back() == ("text", None)
    assert undone == []


def test_a_command_that_was_amended_is_not_taken_back_again(undone):
    deeds = Deeds(60.0, lambda: 0.0)
    deeds.keep(1, "clock", "start_timer", lambda: undone.append(1), {"set"})
    deeds.take(1)()
    assert undone == [1]
    assert deeds.take(1) is None
    assert deeds.take_back()[0] == "nothing"


def test_two_requests_of_one_breath(undone):
    deeds = Deeds(60.0, lambda: 0.0)
    deeds.keep(1, "clock", "start_timer", lambda: undone.append("timer"), {"set"})
    deeds.keep(1, "commands", "volume_up", lambda: undone.append("volume"), {"call"})
    assert deeds.take_back()[1].intent == "volume_up"
    assert deeds.take_back()[1].intent == "start_timer"
    deeds.keep(2, "clock", "start_timer", lambda: undone.append("timer"), {"set"})
    deeds.keep(2, "commands", "lock", None, {"run"})
    assert deeds.take(2) is None  # not all of it can be


def test_a_turn_that_did_nothing_has_nothing_to_undo():
    deeds = Deeds(60.0, lambda: 0.0)
    assert deeds.take(7)() == []


def test_time_passes(undone):
    now = [0.0]
    deeds = Deeds(60.0, lambda: now[0])
    deeds.keep(1, "clock", "start_timer", lambda: undone.append(1), {"set"})
    now[0] = 61.0
    assert deeds.take_back() == ("nothing", None)
