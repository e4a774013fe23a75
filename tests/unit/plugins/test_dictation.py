"""Dictation as it reaches the window: several utterances, one text."""

from __future__ import annotations

from datetime import datetime

import pytest

from aihear_voice import paths
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.events import Event, Typed
from aihear_voice.plugin import Reply, loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Context, Services
from aihear_voice.plugin.store import MemoryStore


class Desk:
    """The plugin with a typist that keeps what it is given."""

    def __init__(self, language: str = "en", **changes: object) -> None:
        self.plugin = loader.load_one(paths.shipped_plugins() / "dictation", "shipped", changes)
        assert self.plugin.reason == ""
        self.typist = DryTypist()
        self.events: list[Event] = []
        self.language = language
        self.services = Services(
            typist=self.typist, programs=DryPrograms(), alarms=Alarms(None), store=lambda name: MemoryStore(),
            emit=self.events.append, now=datetime.now, plugins=lambda: (), word_times=None,
            suggest=lambda text, language: (), dry_run=True,
        )  # fmt: skip

    def do(self, intent: str, **slots: object) -> Reply | None:
        context = Context(self.plugin, self.services, self.language, "", self.plugin.settings)
        return self.plugin.function(intent)(context, **slots)

    @property
    def text(self) -> str:
        return self.typist.before()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_utterances_become_one_text(desk: Desk) -> None:
    desk.do("insert", text=" Hello world.")
    desk.do("insert", text="This is a test, comma")
    desk.do("insert", text="But it works.")
    desk.do("new_paragraph")
    desk.do("insert", text="Best regards")
    assert desk.text == "Hello world. This is a test, but it works.\n\nBest regards"
    assert [event.text for event in desk.events if isinstance(event, Typed)][1] == " This is a test,"


def test_a_mark_after_a_pause_takes_the_place_of_whispers_full_stop(desk: Desk) -> None:
    desk.do("insert", text="How are you.")
    desk.do("insert", text="Question mark.")
    desk.do("insert", text="Fine.")
    assert desk.text == "How are you? Fine."
    desk.do("mark", name="comma")
    assert desk.text == "How are you? Fine,"


def test_scratch_takes_back_piece_by_piece(desk: Desk) -> None:
    desk.do("insert", text="One.")
    desk.do("insert", text="Two.")
    assert desk.do("scratch") is None
    assert desk.text == "One."
    desk.do("scratch")
    reply = desk.do("scratch")
    assert isinstance(reply, Reply)
    assert "nothing" in reply.text


def test_deletes_the_last_words(desk: Desk) -> None:
    desk.do("insert", text="One two three four.")
    desk.do("delete_words")
    assert desk.text == "One two three"
    desk.do("delete_words", count=2)
    assert desk.text == "One"
    desk.do("delete_words", count=9)
    assert desk.text == ""


@pytest.mark.parametrize(("case", "text"), [("upper", "THE MAN'S"), ("lower", "the man's"), ("title", "The Man's")])
def test_changes_the_case_of_what_was_said_last(desk: Desk, case: str, text: str) -> None:
    desk.do("type_text", text="the man's")
    desk.do("change_case", case=case)
    assert desk.text == text


def test_types_words_as_they_are(desk: Desk) -> None:
    desk.do("type_text", text="hello")
    desk.do("type_text", text="world question mark")
    assert desk.text == "hello world?"


def test_chinese_has_no_spaces() -> None:
    desk = Desk("zh")
    desk.do("insert", text="你好。")
    desk.do("insert", text="我住在北京逗号")
    desk.do("insert", text="你呢")
    assert desk.text == "你好。我住在北京，你呢"


def test_spoken_marks_and_joining_can_be_switched_off() -> None:
    desk = Desk(spoken_marks=False, join=False)
    desk.do("insert", text="Hello comma")
    desk.do("insert", text="you")
    assert desk.text == "Hello commayou"


def test_dictation_starts_and_stops(desk: Desk) -> None:
    started, stopped = desk.do("start"), desk.do("stop")
    assert [reply.then.do for reply in (started, stopped) if reply and reply.then] == ["dictate", "idle"]
