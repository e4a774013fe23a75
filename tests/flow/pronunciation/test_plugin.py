"""The plugin from "check my pronunciation" to the verdict, over real speech and the real recogniser."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from aihear_voice import paths
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.events import Event, Scored
from aihear_voice.plugin import loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.manifest import Plugin
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.ports import Recogniser
from aihear_voice.types import Audio, Match, Reply
from tests import rigs

TEXT = "The weather in London is good today."


@dataclass
class Lesson:
    """Carries out intents as a turn does, and keeps what was announced."""

    plugin: Plugin
    services: Services
    events: list[Event] = field(default_factory=list)

    def does(self, intent: str, language: str = "en", audio: Audio | None = None, **slots: object) -> Reply:
        match = Match(self.plugin.name, intent, slots, 1.0, language)
        return perform(self.plugin, replace(self.services, emit=self.events.append), match, "", audio=audio)

    def answers(self, asked: Reply, samples: rigs.np.ndarray, language: str = "en") -> str:
        """`samples` are said after `asked`."""
        assert asked.then is not None
        assert (asked.then.do, asked.then.purpose) == ("listen", "practise")
        return self.does(asked.then.intent, language, Audio(samples), **asked.then.slots).text


@pytest.fixture
def lesson(recogniser: Recogniser) -> Lesson:
    plugin = loader.load_one(paths.shipped_plugins() / "pronunciation", "shipped", {})
    assert plugin.status == "ok", plugin.reason
    store = MemoryStore()
    services = Services(
        typist=DryTypist(),
        programs=DryPrograms(),
        alarms=Alarms(None),
        store=lambda name: store,
        emit=lambda event: None,
        now=lambda: datetime.now().astimezone(),
        plugins=lambda: [plugin],
        word_times=lambda audio: recogniser.transcribe(audio, "practise", words=True),
        suggest=lambda text, language: [],
    )
    return Lesson(plugin, services)


def test_a_text_said_well(lesson: Lesson) -> None:
    asked = lesson.does("check", target=TEXT)
    assert asked.text == f"Say: {TEXT}"
    verdict = lesson.answers(asked, rigs.join(0.5, rigs.speech(TEXT, "espeak:en-us+benjamin"), 0.5))
    assert not any(word in verdict for word in ("not hear", "something else", "could not"))
    (scored,) = lesson.events
    assert isinstance(scored, Scored)
    assert (scored.target, scored.refused) == (TEXT, "")
    assert scored.score is not None
    assert scored.score > 50
    assert lesson.does("was_it_right").text == verdict


def test_nothing_said_is_refused_and_may_be_tried_again(lesson: Lesson) -> None:
    asked = lesson.does("check", "de", target="Das ist ein Test.")
    assert lesson.answers(asked, rigs.silence(2), "de").startswith("Ich habe nichts gehört")
    (scored,) = lesson.events
    assert isinstance(scored, Scored)
    assert scored.score is None
    assert scored.refused
    assert lesson.does("again", "de").text == "Sag: Das ist ein Test."


def test_something_else_said_is_repeated_back(lesson: Lesson) -> None:
    verdict = lesson.answers(lesson.does("check", target=TEXT), rigs.speech("What time is it?", "flite:slt"))
    assert "What time is it?" in verdict


def test_left_out_word_is_named(lesson: Lesson) -> None:
    asked = lesson.does("check", target="Turn on the kitchen lights.")
    assert "kitchen" in lesson.answers(asked, rigs.speech("Turn on the lights.", "flite:rms"))


def test_without_a_text_our_own_sentences_come_in_turn(lesson: Lesson) -> None:
    offered = [lesson.does("check").text, lesson.does("next_one").text, lesson.does("check", target=" … ").text]
    assert len(set(offered)) == 3
    assert lesson.does("again").text == offered[-1]
    assert lesson.does("check", "zh").text.startswith("请说：")


def test_a_written_attempt_has_no_sound(lesson: Lesson) -> None:
    assert "voice" in lesson.does("attempt", target=TEXT).text
    assert lesson.events == []
