"""The practice loop from "check my pronunciation" to the verdict: real sentences, speech, router and recogniser."""

import sqlite3
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from aihear_voice import paths, settings
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.audio.file import decode
from aihear_voice.events import Event, Failed, Replied, Scored, Typed
from aihear_voice.messages import Guess, StartTurn
from aihear_voice.plugin import loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.ports import Recogniser
from aihear_voice.pronunciation.coaching.progress import open_progress
from aihear_voice.pronunciation.text import articulation
from aihear_voice.pronunciation.text.phones import CONSONANTS, VOWELS, base
from aihear_voice.turn import Parts, Turn
from aihear_voice.types import Audio, Follow, Then, Transcript, Utterance
from aihear_voice.understanding.router import TemplateRouter
from tests import rigs

TEXT = "The weather in London is good today."
GOOD = "flite:slt"  # a voice whose sounds are all clear to the acoustic model


@dataclass
class Lesson:
    """A learner and the program: turns are real, only devices are not there.

    spoken: what was said aloud, in which language and how fast; then: what the program waits for now
    """

    recogniser: Recogniser
    changes: dict[str, object] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    spoken: list[tuple[str, str, float]] = field(default_factory=list)
    then: Then | None = None
    follow: Follow | None = None
    turn: int = 0

    def __post_init__(self) -> None:
        plugin = loader.load_one(paths.shipped_plugins() / "pronunciation", "shipped", self.changes)
        assert plugin.status == "ok", plugin.reason
        self.plugins = {plugin.name: plugin}
        self.router = TemplateRouter([plugin], settings.load(env={}).understanding.languages)
        store = MemoryStore()
        self.store = store
        self.services = Services(
            typist=DryTypist(),
            programs=DryPrograms(),
            alarms=Alarms(None),
            store=lambda name: store,
            emit=self.events.append,
            now=lambda: datetime.now().astimezone(),
            plugins=lambda: [plugin],
            word_times=lambda audio: self.recogniser.transcribe(audio, "practise", words=True),
            suggest=self.router.suggest,
            means=self.router.route,
        )

    def say(self, text: str, language: str, turn: int, pace: float) -> bool:
        self.spoken.append((text, language, pace))
        return True

    def asks(self, sentence: str, language: str = "en") -> str:
        """A request after the wake word, heard rightly."""
        known = Transcript(sentence, language, (), 0.0, 0.0, "", 0.0)
        return self._turn(np.zeros(16_000, np.float32), "assist", None, known)

    def says(self, samples: np.ndarray | str, heard: str | None = None) -> str:
        """Into the open microphone. heard: where it is not left to the recogniser"""
        assert self.then is not None, "the microphone is closed"
        assert (self.then.do, self.then.purpose) == ("listen", "practise")
        if isinstance(samples, str):
            samples = rigs.join(0.4, rigs.speech(samples, GOOD), 0.4)
        known = None if heard is None else Transcript(heard, "en", (), 0.0, 0.0, "", 0.0)
        return self._turn(samples, "practise", self.follow, known)

    def is_silent(self, seconds: float = 3.0) -> str:
        """Nobody says anything: as the session ends the wait."""
        assert self.then is not None
        if not self.then.silence:
            self.then = self.follow = None
            return ""
        nothing = Transcript("", "", (), 0.0, 1.0, "", 0.0, reliable=False)
        return self._turn(rigs.silence(seconds), "practise", self.follow, nothing)

    def _turn(self, samples: np.ndarray, purpose: str, follow: Follow | None, known: Transcript | None) -> str:
        self.turn += 1
        parts = Parts(
            recogniser=self.recogniser,
            router=self.router,
            plugins=self.plugins,
            services=self.services,
            verdict=lambda match: "allow",
            emit=self.events.append,
            current=lambda turn: True,
            audible=lambda turn: True,
            guess=lambda revision: None,
            began=lambda turn: None,
            quiet=nullcontext,
            speaker=self,
        )
        before = len(self.events)
        guess = Guess(self.turn, 0, known, None, "open", 0.0) if known is not None else None
        start = StartTurn(Utterance(self.turn, purpose, Audio(samples), "reply"), follow, guess)
        done = Turn(parts, self.turn, purpose, 0.0).hear(start)
        self.then, self.follow = done.then, done.follow
        assert [event for event in self.events if isinstance(event, Failed | Typed)] == []
        replies = [event.text for event in self.events[before:] if isinstance(event, Replied)]
        return " ".join(replies)

    @property
    def scores(self) -> list[Scored]:
        return [event for event in self.events if isinstance(event, Scored)]


@pytest.fixture
def lesson(home: Path, recogniser: Recogniser) -> Lesson:
    return Lesson(recogniser)


@pytest.fixture
def forgetful(home: Path, recogniser: Recogniser) -> Lesson:
    return Lesson(recogniser, {"history": False})


RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "speech" / "pron-dev"


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the project's shared recordings are not there")
@pytest.mark.parametrize(
    ("utt", "text"),
    [
        ("096130012", "Then she saw the way out"),
        ("080020006", "Time for a bit of honor"),
    ],
)
def test_a_learner_is_told_which_sound_and_how_it_is_made(lesson: Lesson, utt: str, text: str) -> None:
    """Real learners, whom the experts give 3 to 5 of 10."""
    lesson.asks(f"Check my pronunciation of {text}")
    reply = lesson.says(decode(RECORDINGS / "audio" / f"{utt}.flac").samples)
    fault = lesson.store.load()
    assert f"in “{fault['fault_word']}”" in reply
    hints = [articulation.hint(str(fault["fault_phone"]), heard) for heard in ("", *CONSONANTS, *VOWELS)]
    assert any(hint in reply for hint in hints)
    assert reply.endswith(f"Once more: {text}")
    with closing(open_progress()) as progress:
        scores = {sound.phone: sound.points[-1][1] for sound in progress.sounds("en")}
    assert scores[base(str(fault["fault_phone"]))] < 80


def attempts() -> int:
    with closing(open_progress()) as progress:
        return progress.count()


def test_a_text_said_well(lesson: Lesson) -> None:
    assert lesson.asks(f"Check my pronunciation of {TEXT}") == f"Say: {TEXT.rstrip('.')}"
    verdict = lesson.says(TEXT)
    assert not any(word in verdict for word in ("not hear", "something else", "could not"))
    (scored,) = lesson.scores
    assert (scored.target, scored.refused) == (TEXT.rstrip("."), "")
    assert scored.score is not None
    assert scored.score > 50
    assert lesson.asks("Was that right?") in verdict
    assert attempts() == 1


def test_the_model_answer_can_be_slower(lesson: Lesson) -> None:
    lesson.asks("How do you pronounce vegetable?")
    assert lesson.spoken == [("vegetable", "en", 1.0)]
    lesson.says("say it slowly", heard="Say it slowly.")
    said, _, pace = lesson.spoken[-1]
    assert (said, pace < 0.8) == ("vegetable", True)
    assert lesson.then is not None, "it may be repeated"
    lesson.says("vegetable")
    assert lesson.scores[-1].score is not None


def test_the_model_answer_is_spoken_in_its_own_language(lesson: Lesson) -> None:
    lesson.asks("Lass mich den Laut th üben.", "de")
    assert lesson.spoken == [("Sag:", "de", 1.0), ("think, sink", "en", 1.0)]
    lesson.asks("Check my pronunciation of Eichhörnchen.")
    assert lesson.spoken[2:] == [("Say:", "en", 1.0), ("Eichhörnchen", "de", 1.0)]


def test_a_broken_file_stops_no_lesson(lesson: Lesson) -> None:
    paths.state("practice.db").parent.mkdir(parents=True)
    paths.state("practice.db").write_text("this is no database " * 100)
    lesson.asks("Check my pronunciation of turn on the kitchen lights")
    assert lesson.says("Turn on the lights.").startswith("I could not keep that attempt. I did not hear “kitchen”.")
    assert lesson.says("Turn on the kitchen lights.").startswith("I could not keep that attempt. That was better.")


def test_who_only_asked_how_it_is_said_is_left_in_peace(lesson: Lesson) -> None:
    lesson.asks("How do you pronounce vegetable?")
    assert lesson.is_silent() == ""
    lesson.asks("How do you pronounce vegetable?")
    assert lesson.says("What time is it?") == ""
    assert lesson.then is None
    assert attempts() == 0


def test_a_word_left_out_is_named_and_the_second_attempt_is_better(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of turn on the kitchen lights")
    first = lesson.says("Turn on the lights.")
    assert "I did not hear “kitchen”." in first
    assert "Once more: turn on the kitchen lights" in first
    second = lesson.says("Turn on the kitchen lights.")
    assert second.startswith("That was better.")
    assert "Once more" not in second
    assert attempts() == 2


def test_the_same_again_is_neither_better_nor_worse(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of turn on the kitchen lights")
    lesson.says("Turn on the lights.")
    assert lesson.says("try again", heard="Try again.") == "Say: turn on the kitchen lights"
    assert lesson.says("Turn on the lights.").startswith("That was about as before. I did not hear “kitchen”.")


def test_nothing_said_is_asked_for_once_more_and_then_let_go(lesson: Lesson) -> None:
    lesson.asks("Prüfe meine Aussprache von das ist ein Test", "de")
    assert lesson.is_silent().startswith("Ich habe nichts gehört. Noch einmal: das ist ein Test")
    assert lesson.is_silent().startswith("Ich habe nichts gehört.")
    assert lesson.then is None
    assert [scored.score for scored in lesson.scores] == [None, None]
    assert all(scored.refused for scored in lesson.scores)
    assert lesson.asks("Noch einmal.", "de") == "Sag: das ist ein Test"
    assert attempts() == 0


def test_silence_after_an_attempt_ends_the_lesson(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of turn on the kitchen lights")
    lesson.says("Turn on the lights.")
    assert lesson.is_silent() == "All right, we stop here."
    assert lesson.then is None


def test_something_else_said_is_repeated_back(lesson: Lesson) -> None:
    lesson.asks(f"Check my pronunciation of {TEXT}")
    reply = lesson.says("What time is it?")
    assert "What time is it?" in reply
    assert f"Once more: {TEXT.rstrip('.')}" in reply
    assert "try again" in lesson.says(rigs.noise(3, rms=0.05))
    assert lesson.then is None
    assert attempts() == 0


@pytest.mark.parametrize("order", ["Stop.", "That's enough.", "I'm done."])
def test_stop_leaves_at_any_time(lesson: Lesson, order: str) -> None:
    lesson.asks("Let me practise my weak sounds.")
    assert lesson.says(order, heard=order) == "All right, we stop here."
    assert lesson.then is None
    assert lesson.scores == []


def test_a_word_that_is_also_an_order_can_be_practised(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of stop")
    lesson.says("Stop.", heard="Stop.")
    assert lesson.scores[-1].target == "stop"


def test_a_word_that_was_misheard_as_an_order_is_an_attempt(lesson: Lesson) -> None:
    """A small recogniser writes what it knows."""
    lesson.asks("Check my pronunciation of vegetable")
    lesson.says("vegetable", heard="Stop.")
    assert lesson.scores[-1].target == "vegetable"


def test_no_other_plugin_s_sentence_does_anything_in_a_lesson(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of library")
    lesson.says("Open the browser.", heard="Open the browser.")
    assert {event.plugin for event in lesson.events if hasattr(event, "plugin")} == {"pronunciation"}


def test_pairs_that_come_out_alike_are_told(lesson: Lesson) -> None:
    assert lesson.asks("Practise right and light.") == "Say: right, light"
    alike = lesson.says(rigs.join(0.4, rigs.speech("light", GOOD), 0.3, rigs.speech("light", GOOD), 0.4))
    assert alike.startswith("“right” and “light” sounded alike. right: ")
    assert "must touch nothing" in alike
    two = lesson.says(rigs.join(0.4, rigs.speech("right", GOOD), 0.3, rigs.speech("light", GOOD), 0.4))
    assert two.startswith("I heard two different words")
    assert attempts() == 2


def test_a_series_moves_on_after_a_good_attempt_and_after_three_bad_ones(lesson: Lesson) -> None:
    assert lesson.asks("Let me practise the R sound.") == "Say: right, light"
    good = rigs.join(0.4, rigs.speech("right", GOOD), 0.3, rigs.speech("light", GOOD), 0.4)
    bad = rigs.join(0.4, rigs.speech("light", GOOD), 0.3, rigs.speech("light", GOOD), 0.4)
    assert "Once more: right, light" in lesson.says(bad)
    reply = lesson.says(good)
    assert "Next: The red car is near the river." in reply
    missing = rigs.join(0.4, rigs.speech("The red car is near", GOOD), 0.4)
    assert "Once more:" in lesson.says(missing)
    assert "Once more:" in lesson.says(missing)
    assert "Next: " in lesson.says(missing)


def test_weak_sounds_are_practised_once_they_are_known(lesson: Lesson) -> None:
    assert "no sound that is hard for you yet" in lesson.asks("Let me practise my weak sounds.")
    weak_in("TH", heard="S")
    assert lesson.asks("Let me practise my weak sounds.") == "Say: think, sink"
    assert lesson.asks("What should I practise?") == (
        "Work on the “th” of “think”: say, practise my weak sounds. One text is due today."
    )
    going = lesson.asks("How is my pronunciation going?")
    assert going == "You have practised 3 times. These need work: “th” of “think”."


def weak_in(phone: str, heard: str) -> None:
    from aihear_voice.pronunciation.coaching.progress import Attempt, SoundScore, item

    with closing(open_progress()) as progress:
        for day in range(3):
            sounds = (SoundScore(phone, 40.0, heard), SoundScore("T", 95.0))
            at = datetime.now().timestamp() - (3 - day) * 86_400
            progress.record(Attempt(at, "en", "thank you", 60.0, sounds), {item("text", "en", "thank you"): "again"})


def test_without_a_text_our_own_sentences_come_in_turn(lesson: Lesson) -> None:
    offered = [lesson.asks(text) for text in ("Check my pronunciation.", "Next sentence.", "Check my pronunciation.")]
    assert len(set(offered)) == 3
    assert lesson.asks("Try again.") == offered[-1]
    assert lesson.asks("检查我的发音。", "zh").startswith("请说：")


def test_who_wants_no_history_leaves_no_trace(forgetful: Lesson) -> None:
    forgetful.asks("Check my pronunciation of turn on the kitchen lights")
    forgetful.says("Turn on the lights.")
    assert forgetful.says("Turn on the kitchen lights.").startswith("That was better.")
    assert not paths.state("practice.db").exists()
    assert forgetful.store.load() == {}
    assert "not practised" in forgetful.asks("How is my pronunciation going?")


def test_no_sound_is_kept(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of library")
    lesson.says("library")
    kept = [path for path in paths.state("").rglob("*") if path.is_file()]
    assert {path.name for path in kept} <= {"practice.db", "practice.db-wal", "practice.db-shm"}
    with sqlite3.connect(paths.state("practice.db")) as base:
        names = {row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names - {"sqlite_sequence"} == {"attempt", "sound", "card"}


def test_what_was_practised_can_be_deleted(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of library")
    lesson.says("library")
    assert lesson.asks("Delete my practice history.") == "What you have practised is deleted."
    assert attempts() == 0
    assert "not practised" in lesson.asks("Was that right?")


def test_a_written_attempt_has_no_sound(lesson: Lesson) -> None:
    lesson.asks("Check my pronunciation of library")
    services = replace(lesson.services, emit=lesson.events.append)
    from aihear_voice.plugin.call import perform

    assert lesson.follow is not None
    reply = perform(lesson.plugins["pronunciation"], services, lesson.follow.match, "")
    assert "voice" in reply.text
    assert lesson.scores == []
