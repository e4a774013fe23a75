"""Turns with real plugins and the real router; only sound and devices are not there."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pytest

from aihear_voice import mind
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.errors import AihearError
from aihear_voice.events import ConfirmationAsked, Event, Failed, Ran, Replied, TurnEnded, Typed, Undone
from aihear_voice.messages import Guess, StartTurn
from aihear_voice.plugin import loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.deeds import Deeds
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.settings import load
from aihear_voice.turn import Parts, Turn
from aihear_voice.types import Audio, Follow, Purpose, Then, Transcript, Utterance
from aihear_voice.understanding import policy
from aihear_voice.understanding.router import TemplateRouter

PLUGINS = loader.load_from([place for place in loader.places() if place[1] == "shipped"], {})
SETTINGS = load(env={})
ROUTER = TemplateRouter(loader.usable(PLUGINS), SETTINGS.understanding.languages)


@dataclass
class Talk:
    """What is said goes through real turns. then, follow: what the program waits for now."""

    events: list[Event] = field(default_factory=list)
    then: Then | None = None
    follow: Follow | None = None
    turn: int = 0
    time: float = 1000.0

    def __post_init__(self) -> None:
        self.talk = mind.Talk(60.0, lambda: self.time)
        stores: dict[str, MemoryStore] = {}
        self.services = Services(
            typist=DryTypist(),
            programs=DryPrograms(),
            alarms=Alarms(None),
            store=lambda name: stores.setdefault(name, MemoryStore()),
            emit=self.events.append,
            now=lambda: datetime(2030, 3, 4, 10, 0).astimezone(),
            plugins=lambda: PLUGINS,
            word_times=None,
            suggest=ROUTER.suggest,
            deeds=Deeds(120.0, lambda: self.time),
            dry_run=True,
        )

    def say(
        self, text: str, language: str = "en", reliable: bool = True, purpose: Purpose = "assist"
    ) -> tuple[str, str]:
        """How the turn ended, and what was answered."""
        self.turn += 1
        heard = Transcript(text, language, (), 0.0, 0.0, "", 0.0, reliable=reliable)
        start = StartTurn(
            Utterance(self.turn, purpose, Audio(np.zeros(16_000, np.float32)), "wake"),
            self.follow,
            Guess(self.turn, 0, heard, None, "open", 0.0),
        )
        before = len(self.events)
        done = Turn(self._parts(), self.turn, purpose, 0.0).hear(start)
        self.then, self.follow = done.then, done.follow
        new = self.events[before:]
        (outcome,) = [event.outcome for event in new if isinstance(event, TurnEnded)]
        return outcome, " ".join(event.text for event in new if isinstance(event, Replied))

    def _parts(self) -> Parts:
        by_name = {plugin.name: plugin for plugin in loader.usable(PLUGINS)}

        def verdict(match):
            confirm = by_name[match.plugin].intents[match.intent].confirm
            return policy.verdict(match.plugin, match.intent, SETTINGS.policy, confirm, match.sure)

        return Parts(
            recogniser=None, router=ROUTER, plugins=by_name, services=self.services, verdict=verdict,
            emit=self.events.append, current=lambda turn: True, audible=lambda turn: True, guess=lambda number: None,
            began=lambda turn: None, quiet=nullcontext, talk=self.talk,
        )  # fmt: skip

    def all(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def talk():
    return Talk()


@pytest.fixture
def power(monkeypatch, tmp_path):
    """A computer that could be shut down."""
    (tmp_path / "systemctl").write_text("#!/bin/sh\n")
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


YES_NO = [
    ("en", "Shut down the computer.", "Yes, please.", "No, thanks."),
    ("de", "Fahre den Computer herunter.", "Ja, mach das.", "Nein, lieber nicht."),
    ("es", "Apaga el ordenador.", "Sí, claro.", "No, gracias."),
    ("zh", "关机。", "好的。", "不要。"),
    ("fr", "Éteins l'ordinateur.", "Oui, vas-y.", "Non, surtout pas."),
]


@pytest.mark.parametrize(("language", "request_", "yes", "no"), YES_NO)
def test_what_ends_the_session_asks_and_does_it_after_a_yes_only(talk, power, language, request_, yes, no):
    outcome, question = talk.say(request_, language)
    assert outcome == "asked"
    assert talk.then.do == "listen"
    assert question.startswith(request_.rstrip("。.!"))
    assert talk.say(no, language)[0] == "denied"
    assert talk.all(Ran) == []
    talk.say(request_, language)
    assert talk.say(yes, language)[0] == "done"
    assert talk.all(Ran)[-1].argv == ("systemctl", "poweroff")


@pytest.mark.parametrize("answer", ["Maybe.", "Yes and no.", "The weather is nice.", "Is it?"])
def test_what_is_no_clear_yes_is_a_no(talk, power, answer):
    talk.say("Shut down the computer.")
    assert talk.say(answer)[0] == "denied"
    assert talk.all(Ran) == []


def test_a_doubtful_yes_is_none(talk, power):
    talk.say("Shut down the computer.")
    assert talk.say("Yes.", reliable=False)[0] == "denied"
    assert talk.all(Ran) == []
    assert talk.say("Yes.")[0] == "no_match"  # the question is over


def test_a_doubtful_request_is_asked_back_and_a_doubtful_text_does_nothing(talk, power):
    assert talk.say("Set a timer for ten minutes.", reliable=False)[0] == "asked"
    assert talk.services.alarms.all() == []
    assert talk.say("Yes.")[0] == "done"
    assert len(talk.services.alarms.all()) == 1
    assert talk.say("Some words.", reliable=False)[0] == "unreliable"
    assert talk.say("Some words.", reliable=False, purpose="dictate")[0] == "unreliable"
    assert talk.all(Typed) == []


def test_a_doubtful_answer_to_a_question_of_a_plugin_does_nothing(talk):
    talk.say("Set a timer for ten minutes.")
    talk.say("Set a timer for five minutes.")
    assert talk.say("Cancel the timer.")[1].startswith("Which one")
    assert talk.say("The five minutes one.", reliable=False)[0] == "unreliable"
    assert len(talk.services.alarms.all()) == 2


def test_the_persons_word_decides(talk, power):
    deny = SETTINGS.policy.intents
    try:
        deny["clock"] = "deny"
        assert talk.say("Set a timer for ten minutes.")[0] == "denied"
        deny["clock.start_timer"] = "ask"
        assert talk.say("Set a timer for ten minutes.")[0] == "asked"
    finally:
        deny.clear()
    assert talk.services.alarms.all() == []


UNDO = [
    ("en", "Set a timer for ten minutes.", "Undo that."),
    ("en", "Set a timer for ten minutes.", "Take that back, please."),
    ("de", "Stelle einen Timer auf zehn Minuten.", "Mach das bitte rückgängig."),
    ("es", "Pon un temporizador de diez minutos.", "Deshaz eso."),
    ("zh", "设置一个十分钟的定时器。", "撤销刚才的操作。"),
    ("fr", "Mets un minuteur de dix minutes.", "Annule la dernière action."),
]


@pytest.mark.parametrize(("language", "request_", "undo"), UNDO)
def test_what_was_done_is_taken_back(talk, language, request_, undo):
    talk.say(request_, language)
    assert len(talk.services.alarms.all()) == 1
    assert talk.say(undo, language)[0] == "done"
    assert talk.services.alarms.all() == []
    assert [(event.of, event.plugin, event.intent) for event in talk.all(Undone)] == [(1, "clock", "start_timer")]


def test_each_is_taken_back_once_the_last_first(talk):
    talk.say("Set a timer for ten minutes.")
    talk.say("Set a timer for five minutes.")
    talk.say("What time is it?")  # which changed nothing
    talk.say("Undo that.")
    assert [alarm.slots["seconds"] for alarm in talk.services.alarms.all()] == [600]
    talk.say("Undo that.")
    assert talk.services.alarms.all() == []


def test_nothing_older_is_taken_back_than_what_was_done_last(talk, power):
    talk.say("Set a timer for ten minutes.")
    talk.say("Shut down the computer.")
    talk.say("Yes.")
    assert talk.say("Undo that.")[1] == "That cannot be undone."
    assert len(talk.services.alarms.all()) == 1


def test_later_it_is_not_meant_any_more(talk):
    talk.say("Set a timer for ten minutes.")
    talk.time += 121
    talk.say("Undo that.")
    assert len(talk.services.alarms.all()) == 1
    assert talk.all(Undone) == []


def test_after_typing_it_is_the_text(talk):
    talk.say("Set a timer for ten minutes.")
    talk.say("Type hello world.")
    assert talk.services.typist.typed() == "hello world"
    talk.say("Undo that.")
    assert talk.services.typist.typed() == ""
    assert len(talk.services.alarms.all()) == 1


def test_while_dictating_it_is_the_text(talk):
    talk.say("Hello world.", purpose="dictate")
    talk.say("Set a timer for ten minutes.")
    talk.say("Undo that.", purpose="dictate")
    assert talk.services.typist.typed() == ""
    assert len(talk.services.alarms.all()) == 1


def test_what_happens_says_whose_it_is(talk, power):
    talk.say("Shut down the computer.")
    talk.say("Yes.")
    (ran,) = talk.all(Ran)
    assert (ran.plugin, ran.intent) == ("commands", "shut_down")
    assert talk.all(Replied)[-1].intent == "shut_down"
    assert len(talk.all(ConfirmationAsked)) == 1
    assert talk.all(Failed) == []


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "Undo that.", "That did not work: the disk is full."),
        ("de", "Mach das rückgängig.", "Das hat nicht geklappt. Der Grund steht auf dem Bildschirm."),
    ],
)
def test_what_fails_is_said(talk, monkeypatch, language, text, said):
    def full():
        raise AihearError("the disk is full", "no_space")

    talk.say("Set a timer for ten minutes.")
    monkeypatch.setattr(talk.services.deeds, "take_back", full)
    assert talk.say(text, language) == ("failed", said)
    assert [event.message for event in talk.all(Failed)] == ["the disk is full"]


# What was misheard, what may be two things, two things at once, and what follows


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """A computer with a calendar, a calculator, a browser and a mixer."""
    for name in ("gnome-calendar", "gnome-calculator", "firefox", "pactl"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def started(talk):
    return [event.argv[0] for event in talk.all(Ran)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The calendar.", "gnome-calendar"),
        ("Calculator, please.", "gnome-calculator"),
        ("The first one.", "gnome-calculator"),
        ("The second.", "gnome-calendar"),
        ("Open the calendar.", "gnome-calendar"),
    ],
)
def test_a_name_that_may_be_two_is_asked_and_the_answer_picks_one(talk, programs, answer, expected):
    outcome, question = talk.say("Open the cal.")
    assert outcome == "asked"
    assert question == "Did you mean: Open the calculator, or Open the calendar?"
    assert talk.then.do == "listen"
    assert started(talk) == []
    assert talk.say(answer)[0] == "done"
    assert started(talk) == [expected]


@pytest.mark.parametrize("answer", ["Neither.", "No.", "Never mind.", "What a day.", "The fourth one."])
def test_an_answer_that_picks_neither_does_nothing(talk, programs, answer):
    talk.say("Open the cal.")
    assert talk.say(answer)[0] == "denied"
    assert started(talk) == []


def test_a_doubtful_answer_picks_nothing(talk, programs):
    talk.say("Open the cal.")
    assert talk.say("The calendar.", reliable=False)[0] == "denied"
    assert started(talk) == []


@pytest.mark.parametrize(
    ("language", "text", "first", "second"),
    [
        ("en", "Turn the volume down and open the browser.", "pactl", "firefox"),
        ("de", "Mach leiser und dann öffne den Browser.", "pactl", "firefox"),
        ("es", "Baja el volumen y abre el navegador.", "pactl", "firefox"),
        ("fr", "Baisse le volume et ouvre le navigateur.", "pactl", "firefox"),
        ("zh", "调低音量然后打开浏览器。", "pactl", "firefox"),
    ],
)
def test_two_requests_are_done_in_order(talk, programs, language, text, first, second):
    assert talk.say(text, language)[0] == "done"
    assert list(dict.fromkeys(started(talk))) == [first, second]


def test_the_second_of_two_requests_asks_for_itself(talk, programs, power):
    outcome, question = talk.say("Set a timer for ten minutes and shut down the computer.")
    assert outcome == "asked"
    assert question.endswith("shut down the computer: shall I? Say yes or no.")
    assert [event.method for event in talk.all(Ran)] == ["set"]
    assert talk.say("No.")[0] == "denied"
    assert len(talk.all(Ran)) == 1


@pytest.mark.parametrize(("answer", "expected"), [("Yes.", ["systemctl", "timer"]), ("No.", ["timer"])])
def test_what_comes_after_a_question_waits_for_the_answer(talk, power, answer, expected):
    assert talk.say("Shut down the computer and set a timer for ten minutes.")[0] == "asked"
    assert talk.all(Ran) == []
    assert talk.say(answer)[0] == "done"
    assert started(talk) == expected


def test_what_was_not_surely_heard_is_asked(talk, programs):
    outcome, question = talk.say("Open fire folks.")
    assert (outcome, question) == ("asked", "Did you mean: Open firefox? Say yes or no.")
    assert started(talk) == []
    assert talk.say("Yes.")[0] == "done"
    assert started(talk) == ["firefox"]


def test_a_doubtful_transcript_is_not_read_as_something_else(talk, programs):
    assert talk.say("Open fire folks.", reliable=False)[0] == "unreliable"
    assert started(talk) == []


def test_an_unknown_name_does_nothing_but_say_so(talk, programs):
    assert talk.say("Open the quantum flux.") == ("done", "I find no program called quantum flux.")
    assert started(talk) == []


def test_a_request_is_followed_for_a_while_only(talk):
    talk.say("Set a timer for five minutes.")
    assert talk.say("Make it ten minutes.") == ("done", "Timer set for 10 minutes.")
    assert [round(alarm.at - datetime(2030, 3, 4, 10).timestamp()) for alarm in talk.services.alarms.all()] == [600]
    talk.time += 61
    assert talk.say("Make it ten minutes.")[0] == "no_match"
    assert talk.say("Cancel it.")[0] == "no_match"
    assert len(talk.services.alarms.all()) == 1


def test_only_what_was_done_last_is_followed(talk):
    talk.say("Set a timer for five minutes.")
    talk.say("What time is it?")
    assert talk.say("Make it ten minutes.")[0] == "no_match"
