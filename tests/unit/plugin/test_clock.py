"""The clock over time: the sentences are in its cases.toml."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aihear_voice import paths
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.loader import load_one
from aihear_voice.plugin.store import JsonStore
from aihear_voice.types import Match

BERLIN = ZoneInfo("Europe/Berlin")


class Life:
    """A clock whose time passes when told; `restart` keeps only what is on disk."""

    def __init__(self, folder, settings):
        self.folder, self.time = folder, datetime(2030, 3, 4, 10, 0, tzinfo=BERLIN)
        self.plugin = load_one(paths.shipped_plugins() / "clock", "shipped", settings)
        self.restart()

    def restart(self):
        self.alarms = Alarms(self.folder / "alarms.json")
        self.services = Services(
            typist=None,
            programs=None,
            alarms=self.alarms,
            store=lambda name: JsonStore(self.folder / f"{name}.json"),
            emit=lambda event: None,
            now=lambda: self.time,
            plugins=tuple,
            word_times=None,
            suggest=lambda text, language: [],
        )

    def do(self, intent, text="", language="en", **slots):
        return perform(self.plugin, self.services, Match("clock", intent, slots, 1.0, language), text)

    def pass_by(self, **time):
        """What rings meanwhile."""
        self.time += timedelta(**time)
        return [
            self.do(alarm.intent, language=alarm.language, **alarm.slots)
            for alarm in self.alarms.due(self.time.timestamp())
        ]


@pytest.fixture
def life(tmp_path):
    return Life(tmp_path, {})


def test_a_timer_rings_once_when_it_is_done(life):
    life.do("start_timer", seconds=600, label="pasta")
    assert life.pass_by(seconds=599) == []
    (reply,) = life.pass_by(seconds=1)
    assert (reply.text, reply.ring) == ("Your pasta timer is done.", True)
    assert life.pass_by(hours=1) == []


def test_a_timer_survives_a_restart(life):
    life.do("start_timer", seconds=600)
    life.restart()
    life.pass_by(seconds=480)
    assert life.do("time_left").text == "2 minutes left."
    assert [reply.text for reply in life.pass_by(seconds=120)] == ["Your timer for 10 minutes is done."]


def test_what_was_missed_is_told(life):
    life.do("set_alarm", time="11:00")
    life.restart()
    (reply,) = life.pass_by(hours=3)
    assert reply.text == "You missed your alarm, which was due 11 AM today."


def test_an_answer_in_the_language_in_which_it_was_set(life):
    life.do("start_timer", language="de", seconds=60)
    assert [reply.text for reply in life.pass_by(seconds=60)] == ["Timer über 1 Minute ist abgelaufen."]


def test_pausing_stops_the_time(life):
    life.do("start_timer", seconds=600)
    life.pass_by(seconds=60)
    assert life.do("pause_timer").text == "Timer for 10 minutes paused with 9 minutes left."
    life.restart()
    assert life.pass_by(hours=5) == []
    assert life.do("resume_timer").text == "Timer for 10 minutes resumed with 9 minutes left."
    assert life.pass_by(seconds=539) == []
    assert len(life.pass_by(seconds=1)) == 1


def test_which_timer(life):
    life.do("start_timer", seconds=600, label="pasta")
    life.do("start_timer", seconds=300, label="green tea")
    reply = life.do("cancel_timer")
    assert reply.then.do == "listen"
    assert life.do(reply.then.intent, "The tea one, please.").text == "Green tea timer cancelled."
    assert [alarm.slots["label"] for alarm in life.alarms.all()] == ["pasta"]
    assert life.do("which_timer", "The coffee.").text == "There is no The coffee timer."


def test_snooze(life):
    life.do("set_alarm", time="10:30")
    life.pass_by(minutes=30)
    assert life.do("snooze").text == "Once more in 5 minutes."
    assert life.pass_by(minutes=4) == []
    assert [reply.text for reply in life.pass_by(minutes=1)] == ["It's 10:35 AM."]
    life.do("snooze", minutes=7)
    assert len(life.pass_by(minutes=7)) == 1


def test_seven_stays_seven_over_the_change_to_summer_time(life):
    life.time = datetime(2030, 3, 30, 12, 0, tzinfo=BERLIN)  # clocks go forward that night
    life.do("set_alarm", time="07:00")
    (alarm,) = life.alarms.all()
    assert datetime.fromtimestamp(alarm.at, BERLIN).strftime("%d %H:%M") == "31 07:00"
    assert life.do("list_alarms").text == "An alarm is set for 7 AM tomorrow."


def test_hours_as_the_person_wants_them(tmp_path):
    assert Life(tmp_path, {"hours": "24"}).do("tell_time").text == "It's 10:00."
    evening = Life(tmp_path, {"hours": "12"})
    evening.time = evening.time.replace(hour=13, minute=5)
    assert evening.do("tell_time", language="es").text == "Es la 1:05 de la tarde."
    assert replace(evening.plugin).settings["hours"] == "12"


def test_a_reminder_says_what_of(life):
    life.do("remind_in", seconds=60, label="call Anna")
    (reply,) = life.pass_by(seconds=60)
    assert (reply.text, reply.ring) == ("Reminder: call Anna.", True)


def test_a_timer_can_be_taken_back(life):
    life.do("start_timer", seconds=300)
    reply = life.do("start_timer", seconds=600, label="pasta")
    reply.undo()
    assert [alarm.slots["seconds"] for alarm in life.alarms.all()] == [300]


@pytest.mark.parametrize(
    ("intent", "slots"),
    [("set_alarm", {"time": "11:00"}), ("remind_in", {"seconds": 60, "label": "tea"}), ("remind_at", {"label": "tea"})],
)
def test_what_waits_can_be_taken_back(life, intent, slots):
    reply = life.do(intent, **slots)
    assert len(life.alarms.all()) == 1
    reply.undo()
    assert life.alarms.all() == []
