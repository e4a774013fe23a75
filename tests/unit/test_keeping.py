"""What was said is kept until it is delivered, and no longer than the person wants."""

import time

import msgspec
import numpy as np
import pytest

from aihear_voice import database, keeping
from aihear_voice import settings as settings_module
from aihear_voice.errors import AihearError
from aihear_voice.events import Failed, FinalText, Matched, Ran, Replied, TurnEnded, Typed, Undoable, Undone
from aihear_voice.keeping import Keeper, expire, open_history, open_spool, recover
from aihear_voice.messages import Record, StartTurn, Unsaid
from aihear_voice.transcripts.history import _TABLES, History
from aihear_voice.types import Audio, Utterance

from ..rigs import noise

TEXT = "This is a test."


class Run:
    """One run of the program, as far as its keeper sees it."""

    def __init__(self, *flags):
        self.complaints = []
        self.keeper = Keeper(settings_module.load(flags, env={}), self.complaints.append)
        self.waiting = self.keeper.start()
        self.turn = 0

    def speak(self, seconds=1.0, purpose="dictate"):
        """Somebody is still speaking when this returns."""
        self.turn += 1
        self.sound = Audio(noise(seconds, 0.1, self.turn), 5.0)
        for start in range(0, len(self.sound.samples), 512):
            part = Audio(self.sound.samples[start : start + 512], 5.0 + start / 16000)
            self.keeper.take(Record(self.turn, purpose, part))
        return self.turn

    def say(self, seconds=1.0, purpose="dictate"):
        self.speak(seconds, purpose)
        start = StartTurn(Utterance(self.turn, purpose, self.sound, "key"))
        self.keeper.take(start)
        return start

    def work(self, *starts, outcome="done", text=TEXT, reliable=True, typed=True):
        self.keeper.begin(starts)
        turn = starts[-1].utterance.turn
        events = [FinalText(text=text, language="en", reliable=reliable, compute_s=0.1)] if text else []
        events += [Matched(plugin="dictation", intent="insert", slots={}, confidence=1.0)]
        events += [Typed(text=text, method="keys", target="Mail")] if typed and text else []
        events += [Failed(message="the typist is on strike", code="strike")] if outcome == "failed" else []
        for event in [*events, TurnEnded(outcome=outcome)]:
            self.keeper.hear(msgspec.structs.replace(event, turn=turn))


@pytest.fixture
def run(home):
    started = []

    def start(*flags):
        started.append(Run(*flags))
        return started[-1]

    yield start
    for each in started:
        each.keeper.stop()


def entries():
    return open_history().entries()


def sounds():
    return [sound.name for sound in open_spool().sounds()]


def test_what_was_delivered_is_listed_with_its_sound(run):
    one = run()
    one.work(one.say(1.5))
    (entry,) = entries()
    assert (entry.words, entry.outcome, entry.method, entry.target) == (TEXT, "delivered", "keys", "Mail")
    assert entry.seconds == pytest.approx(1.5, abs=0.01)
    assert abs(entry.at - time.time()) < 10
    assert sounds() == [entry.sound]
    assert (run().waiting, one.complaints) == (0, [])


@pytest.mark.parametrize("moment", ["speaking", "waiting", "decoding", "typing"])
def test_killed_at_any_moment_it_waits_for_the_next_run(run, moment):
    killed = run()
    if moment == "speaking":
        killed.speak(2.0)
    else:
        start = killed.say(2.0)
        if moment != "waiting":
            killed.keeper.begin([start])
        if moment == "typing":
            killed.keeper.hear(FinalText(text=TEXT, language="en", reliable=True, compute_s=0.1, turn=killed.turn))
    assert run().waiting == 1
    (entry,) = entries()
    assert (entry.outcome, entry.purpose, entry.heard) == ("pending", "dictate", TEXT if moment == "typing" else "")
    assert entry.seconds == pytest.approx(2.0, abs=0.01)
    heard = open_spool().load(entry.sound).samples
    assert np.abs(heard - killed.sound.samples).max() <= 1 / 32768


def test_again_hears_the_same_sound_and_then_waits_no_more(run):
    killed = run()
    killed.say(2.0)
    two = run()
    (entry,) = entries()
    again = two.keeper.again(entry.id)
    assert np.abs(again.audio.samples - killed.sound.samples).max() <= 1 / 32768
    two.turn = 7
    two.work(StartTurn(Utterance(7, again.purpose, again.audio, "retry"), entry=entry.id))
    assert [(e.id, e.outcome, e.words) for e in entries()] == [(entry.id, "delivered", TEXT)]


def test_a_text_that_was_heard_is_not_heard_again(run):
    one = run()
    one.work(one.say(), outcome="failed", typed=False)
    (entry,) = entries()
    assert (entry.outcome, entry.reason, entry.words) == ("failed", "the typist is on strike", TEXT)
    assert one.keeper.again(entry.id).transcript.text == TEXT
    assert entries()[0].outcome == "pending", "it is being worked on"


def test_a_doubtful_text_waits_and_is_heard_again(run):
    one = run()
    one.work(one.say(), outcome="unreliable", reliable=False, typed=False)
    (entry,) = entries()
    assert (entry.outcome, entry.doubtful, entry.words) == ("kept", True, TEXT)
    assert one.keeper.again(entry.id).transcript is None


def test_pieces_worked_on_together_share_their_fate(run):
    one = run()
    starts = [one.say() for _ in range(3)]
    one.work(*starts)
    (entry,) = entries()
    assert len(open_history().parts(entry.id)) == 2
    assert open_history().waiting() == 0
    starts = [one.say() for _ in range(3)]
    one.work(*starts, outcome="failed", text="", typed=False)
    assert open_history().waiting() == 3, "nothing was heard: each can be tried again by itself"


def test_nothing_and_what_was_taken_back_leaves_nothing(run):
    one = run()
    one.work(one.say(), outcome="nothing_said", text="", typed=False)
    one.keeper.take(Unsaid(one.speak()))
    assert entries() == []
    assert sounds() == []


def test_a_request_that_came_too_early_can_be_tried_again(run):
    one = run()
    one.speak(purpose="assist")
    one.keeper.hear(TurnEnded(outcome="busy", turn=one.turn))
    (entry,) = entries()
    assert (entry.outcome, entry.reason) == ("failed", "two requests were waiting already")
    assert len(one.keeper.again(entry.id).audio.samples) == 16_000


@pytest.mark.parametrize(("outcome", "fate"), [("no_match", "delivered"), ("denied", "delivered"), ("kept", "kept")])
def test_what_an_outcome_means(run, outcome, fate):
    one = run()
    one.work(one.say(purpose="assist"), outcome=outcome, typed=False)
    assert [entry.outcome for entry in entries()] == [fate]


def test_what_plugins_did_is_noted(run):
    one = run()
    start = one.say(purpose="assist")
    one.keeper.begin([start])
    turn = start.utterance.turn
    for event in (
        Matched(plugin="commands", intent="open_program", slots={}, confidence=1.0, turn=turn),
        Ran(argv=("xdg-open", "a b"), turn=turn), Ran(argv=("ctrl+s",), method="press", turn=turn),
        Replied(text="It is open.", turn=turn), TurnEnded(outcome="done", turn=turn),
    ):  # fmt: skip
        one.keeper.hear(event)
    done = [(a.plugin, a.intent, a.did, a.what) for a in open_history().actions()[::-1]]
    who = ("commands", "open_program")
    assert done == [(*who, "started", "xdg-open 'a b'"), (*who, "pressed", "ctrl+s"), (*who, "answered", "It is open.")]


def test_whether_it_can_be_undone_is_noted(run):
    one = run()
    who = {"plugin": "clock", "intent": "start_timer"}
    for event in (
        Ran(argv=("timer", "10:10"), method="set", turn=1, **who), Undoable(seconds=60, turn=1, **who),
        Replied(text="Set.", turn=1, **who), Undoable(seconds=-1, turn=2, **who),
    ):  # fmt: skip
        one.keeper.hear(event)
    now = time.time()
    noted = [(a.did, a.what, (a.undo_until or 0) > now, a.undone) for a in open_history().actions()[::-1]]
    assert noted == [
        ("set", "timer 10:10", True, False), ("answered", "Set.", False, False), ("did", "start_timer", False, False),
    ]  # fmt: skip
    one.keeper.hear(Undone(of=1, turn=3, plugin="clock", intent="start_timer"))
    last, *_, first = open_history().actions()
    assert (first.did, first.undone, last.did, last.what) == ("set", True, "took back", "clock.start_timer")
    assert {(a.plugin, a.intent) for a in open_history().actions()} == {("clock", "start_timer")}


def test_a_history_of_an_earlier_version_is_brought_up(tmp_path):
    path = tmp_path / "history.db"
    database.connect(path, (_TABLES,)).execute(
        "INSERT INTO action (at, plugin, intent, did, what) VALUES (1, 'clock', 'start_timer', 'answered', 'Set.')"
    )
    (action,) = History(path).actions()
    assert (action.what, action.undo_until, action.undone) == ("Set.", None, False)


def test_switched_off_nothing_stays_but_what_waits(run):
    one = run("history.enabled=false")
    one.work(one.say())
    assert (entries(), sounds(), open_history().actions()) == ([], [], [])
    one.work(one.say(), outcome="failed", typed=False)
    (entry,) = entries()
    assert (entry.outcome, entry.words, entry.sound) == ("failed", "", sounds()[0])


def test_without_the_spool_no_sound_touches_the_disk(run):
    one = run("dictation.spool=false")
    one.work(one.say())
    assert sounds() == []
    assert [(entry.words, entry.sound) for entry in entries()] == [(TEXT, None)]
    one.work(one.say(), outcome="failed", text="", typed=False)
    with pytest.raises(AihearError, match="was not kept"):
        one.keeper.again(entries()[0].id)
    both = run("dictation.spool=false", "history.enabled=false")
    both.work(both.say())
    assert len(entries()) == 2


def test_sound_goes_at_once_or_after_its_time(run):
    one = run("history.sound_hours=0")
    one.work(one.say())
    assert sounds() == []
    assert [entry.words for entry in entries()] == [TEXT]
    one.work(one.say(), outcome="failed")
    assert len(sounds()) == 1, "it waits"


@pytest.mark.parametrize(
    ("hours", "left_sounds", "left_entries"), [(23, 2, 2), (25, 1, 2), (29 * 24, 1, 2), (31 * 24, 0, 0)]
)
def test_age(run, monkeypatch, hours, left_sounds, left_entries):
    one = run()
    one.work(one.say())
    one.work(one.say(), outcome="failed")
    now = time.time() + hours * 3600
    monkeypatch.setattr(time, "time", lambda: now)
    expire(open_spool(), open_history(), settings_module.load(env={}).history)
    assert (len(sounds()), len(entries())) == (left_sounds, left_entries)
    if left_sounds == 1:
        assert [entry.outcome for entry in entries() if entry.sound] == ["failed"]


def test_the_spool_is_bounded_and_what_was_delivered_goes_first(run, monkeypatch):
    one = run()
    one.work(one.say(), outcome="failed", text="", typed=False)
    for _ in range(4):
        one.work(one.say())
    one.speak()
    for seconds, left in ((4.0, [False, False, False]), (2.5, [False]), (1.5, [])):
        monkeypatch.setattr(keeping, "SPOOL_S", seconds)
        expire(open_spool(), open_history(), settings_module.load(env={}).history)
        kept = [entry.outcome for entry in entries() if entry.sound]
        assert kept == [*(["delivered"] * (len(left) - 1)), "failed"][: len(left)]
    assert len(sounds()) == 1, "what is just being spoken stays"
    assert len(entries()) == 5, "the texts stay"


def test_what_was_listed_while_it_was_spoken_and_then_taken_back_is_gone(run):
    one = run()
    turn = one.speak()
    recover(open_spool(), open_history())
    assert len(entries()) == 1
    one.keeper.take(Unsaid(turn))
    recover(open_spool(), open_history())
    assert entries() == []


def test_what_is_on_its_way_is_not_worked_on_a_second_time(run):
    one = run()
    one.speak()
    recover(open_spool(), open_history())
    (entry,) = entries()
    assert one.keeper.is_live(entry.id), "it is being spoken"
    start = StartTurn(Utterance(one.turn, "dictate", one.sound, "key"))
    one.keeper.take(start)
    assert one.keeper.is_live(entry.id), "it waits for its turn"
    one.keeper.begin([start])
    assert one.keeper.is_live(entry.id), "it is transcribed"
    one.work(start, outcome="failed", text="", typed=False)
    assert not one.keeper.is_live(entry.id)
    one.keeper.again(entry.id)
    assert one.keeper.is_live(entry.id)


def test_a_broken_file_is_put_aside(home, run):
    path = home / "state" / "aihear" / "history.db"
    path.parent.mkdir(parents=True)
    path.write_text("not a database " * 400)
    one = run()
    one.work(one.say())
    assert [error.code for error in one.complaints] == ["history_broken"]
    assert "history.db.corrupt" in one.complaints[0].message
    assert [entry.words for entry in entries()] == [TEXT]
    assert (path.parent / "history.db.corrupt").exists()


def test_practice_is_not_kept(run):
    one = run()
    one.work(one.say(purpose="practise"))
    assert (sounds(), entries()) == ([], [])


def test_recovering_twice_finds_the_same(run):
    run().speak()
    spool, history = open_spool(), open_history()
    recover(spool, history)
    recover(spool, history)
    assert len(history.entries()) == 1


def test_where_nothing_can_be_kept_it_is_told_once_and_listening_goes_on(home, run):
    (home / "state").mkdir()
    (home / "state" / "aihear").write_text("in the way")
    one = run()
    one.work(one.say())
    one.work(one.say())
    assert len(one.complaints) == 1
    assert all("\n" not in error.message for error in one.complaints)
