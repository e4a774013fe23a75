"""The clock over time: the sentences are in its cases.toml."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
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


@cache
def clock(**settings):
    return load_one(paths.shipped_plugins() / "clock", "shipped", settings)


class Life:
    """A clock whose time passes when told; `restart` keeps only what is on disk."""

    def __init__(self, folder, settings):
        self.folder, self.time = folder, datetime(2030, 3, 4, 10, 0, tzinfo=BERLIN)
        self.plugin = clock(**settings)
        self.restart()

    def restart(self):
        self.alarms = Alarms(self.folder / "alarms.json", zone=BERLIN)
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


def test_an_alarm_of_every_weekday_rings_on_each_and_survives_restarts(life):
    life.do("repeat_alarm", time="07:00", days="01234")  # it is Monday, 10:00
    rang = []
    for _ in range(7 * 24):
        life.restart()
        rang += [(f"{life.time:%a %H:%M}", reply.text) for reply in life.pass_by(hours=1)]
    assert [when for when, _ in rang] == ["Tue 07:00", "Wed 07:00", "Thu 07:00", "Fri 07:00", "Mon 07:00"]
    assert {text for _, text in rang} == {"It's 7 AM."}
    assert life.do("list_alarms").text == "An alarm is set for 7 AM every weekday."


@pytest.mark.parametrize(
    ("night", "days"),
    [(datetime(2030, 3, 29, 12, 0), "0123456"), (datetime(2030, 10, 25, 12, 0), "0123456")],
    ids=["to summer time", "from summer time"],
)
def test_what_repeats_stays_at_its_time_over_a_change_of_summer_time(life, night, days):
    life.time = night.replace(tzinfo=BERLIN)
    life.do("repeat_alarm", time="07:00", days=days)
    life.do("repeat_reminder", label="tea", time="02:30", days=days)  # an hour which is left out, or comes twice
    rang = []
    start = life.time.astimezone(UTC)
    for half_hours in range(1, 4 * 48):
        life.time = now = (start + timedelta(minutes=30 * half_hours)).astimezone(BERLIN)
        due = life.alarms.due(now.timestamp())
        rang += [(f"{now:%d %H:%M}", life.do("ring", **alarm.slots).text) for alarm in due]
    alarms = [when for when, text in rang if "Reminder" not in text]
    teas = [when[:2] for when, text in rang if "Reminder" in text]
    assert [when[3:] for when in alarms] == ["07:00"] * 4
    assert len({when[:2] for when in alarms}) == 4
    assert len(teas) == len(set(teas)) == 4  # once a day, never twice
    assert not any("missed" in text for _, text in rang)


def test_every_two_hours(life):
    life.do("repeat_reminder", label="drink water", seconds=7200)
    assert life.pass_by(seconds=7199) == []
    assert [reply.text for reply in life.pass_by(seconds=1)] == ["Reminder: drink water."]
    assert len(life.pass_by(hours=2)) == 1
    life.restart()
    (reply,) = life.pass_by(hours=9)  # the computer was off: told once, and it goes on in its rhythm
    assert "You missed your reminder" in reply.text
    assert life.pass_by(minutes=59) == []
    assert len(life.pass_by(minutes=1)) == 1


def test_what_repeats_is_cancelled_and_taken_back(life):
    life.do("repeat_alarm", time="07:00", days="0", more="2")
    life.do("repeat_alarm", time="08:00", days="56", label="market")
    assert life.do("list_alarms").text == (
        "Alarms are set for 7 AM every Monday and Wednesday and Market, 8 AM every weekend."
    )
    reply = life.do("cancel_alarm", days="2")
    assert reply.text == "The alarm for 7 AM every Monday and Wednesday is cancelled."
    reply.undo()
    assert {alarm.repeat.days for alarm in life.alarms.all()} == {(5, 6), (0, 2)}
    assert life.do("cancel_alarm", label="the swimming").text == "There is no alarm called the swimming."
    assert life.do("cancel_alarm", label="market").text == "The alarm for 8 AM every weekend is cancelled."
    assert len(life.pass_by(days=2)) == 1


def test_a_named_alarm_says_its_name(life):
    life.do("set_alarm", time="11:00", label="gym")
    assert [reply.text for reply in life.pass_by(hours=1)] == ["Gym. It's 11 AM."]


def test_which_reminder(life):
    life.do("repeat_reminder", label="drink water", seconds=7200)
    life.do("remind_at", label="call Anna", time="15:00")
    reply = life.do("cancel_reminder")
    assert reply.text == "Which one: Drink water, every 2 hours, Call Anna, 3 PM today?"
    assert life.do(reply.then.intent, "The one with Anna.").text == "I won't remind you any more: call Anna."
    assert [alarm.slots["label"] for alarm in life.alarms.all()] == ["drink water"]


@pytest.mark.parametrize("intent", ["cancel_timer", "cancel_all_timers"])
def test_a_cancelled_timer_can_be_had_back(life, intent):
    life.do("start_timer", seconds=600, label="pasta")
    life.do("pause_timer")
    reply = life.do(intent)
    assert life.do("time_left").text == "No timer is running."
    reply.undo()
    assert life.do("time_left").text == "10 minutes left on the pasta timer, which is paused."


def test_alarms_of_an_earlier_version_are_read(tmp_path):
    path = tmp_path / "alarms.json"
    path.write_text('[{"id": 1, "at": 5.0, "plugin": "clock", "intent": "ring", "slots": {}, "language": "en"}]')
    assert [alarm.repeat for alarm in Alarms(path).all()] == [None]
