"""Dictation as it reaches the window: several utterances, one text."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from aihear_voice import paths
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.errors import PluginError
from aihear_voice.events import Event, Typed
from aihear_voice.plugin import Reply, loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Context, Services
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.types import Audio, Transcript, Word
from aihear_voice.understanding import values
from aihear_voice.understanding.router import TemplateRouter

TODAY = date(2030, 3, 4)


class Desktop(DryTypist):
    """In an application of that name."""

    app, title = "", ""

    def where(self) -> tuple[str, str]:
        return self.app, self.title


class Desk:
    """The plugin with a typist that keeps what it is given."""

    def __init__(self, language: str = "en", **changes: object) -> None:
        self.plugin = loader.load_one(paths.shipped_plugins() / "dictation", "shipped", changes)
        assert self.plugin.reason == ""
        self.typist = Desktop()
        self.events: list[Event] = []
        self.language = language
        self.router = TemplateRouter([self.plugin], [language])
        self.services = Services(
            typist=self.typist, programs=DryPrograms(), alarms=Alarms(None), store=lambda name: MemoryStore(),
            emit=self.events.append, now=datetime.now, plugins=lambda: (), word_times=None,
            suggest=lambda text, language: (), dry_run=True,
            values=lambda text, code: values.named(text, code, TODAY),
            means=self.router.route,
        )  # fmt: skip

    def say(self, *utterances: str) -> Reply | None:
        """As in a dictation. Returns the last reply."""
        reply = None
        for text in utterances:
            match = self.router.route(text, self.language, "dictate")
            intent, slots = (match.intent, dict(match.slots)) if match else ("insert", {"text": text})
            context = Context(self.plugin, self.services, self.language, text, self.plugin.settings, purpose="dictate")
            reply = self.plugin.function(intent)(context, **slots)
        return reply

    def do(self, intent: str, **slots: object) -> Reply | None:
        context = Context(self.plugin, self.services, self.language, "", self.plugin.settings)
        return self.plugin.function(intent)(context, **slots)

    @property
    def text(self) -> str:
        return self.typist.typed()


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
    desk.say("One two.", "Three four.")
    desk.do("delete")
    assert desk.text == "One two. Three"
    desk.do("delete", count=2)
    assert desk.text == "One"
    desk.do("delete", count=9)
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


EDITS = [
    # What is said, one after another, and what stands there
    (["Hello world.", "Scratch that."], ""),
    (["Hello.", "World.", "Scratch that.", "Scratch that."], ""),
    (["Hello.", "World.", "Scratch that.", "Undo that."], "Hello. World."),
    (["Hello.", "World.", "Undo that twice.", "Redo that."], "Hello."),
    (["Scratch that itch."], "Scratch that itch."),
    (["One two three.", "Delete the last word."], "One two"),
    (["One two three.", "Delete the last two words.", "Four."], "One Four."),
    (["One two.", "Three four.", "Delete the last three words."], "One"),
    (["One two. Three four.", "Five.", "Delete the last sentence."], "One two. Three four."),
    (["One two. Three four.", "Delete the last sentence.", "Delete the last sentence."], ""),
    (["One.", "New paragraph.", "Two.", "Delete the last paragraph."], "One.\n\n"),
    (["One.", "New line.", "Two. Three.", "Delete the last line."], "One.\n"),
    (["Hello.", "Delete the last character."], "Hello"),
    (["Hello.", "Delete the last three characters.", "p"], "Hel p"),
    (["Hello \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "Delete the last character."], "Hello \U0001f1e9\U0001f1ea"),
    (["I saw their house.", "Correct their to there."], "I saw there house."),
    (["Their house. Their dog.", "Correct their to the."], "Their house. The dog."),
    (["I saw their house.", "It is big.", "Correct their to our.", "Scratch that."], "I saw our house."),
    (["I saw their house.", "Correct their to our.", "Undo that."], "I saw their house."),
    (["Go to the shop.", "Correct to to too."], "Go too the shop."),
    # What sounds alike: nobody can hear which of the two was said
    (["I saw their house.", "Correct there to there."], "I saw there house."),
    (["I saw their house.", "Correct there to their."], "I saw there house."),
    (["I saw there house.", "Correct their to their."], "I saw their house."),
    (["I saw their house.", "Correct there to our."], "I saw our house."),
    (["Hello world.", "Capitalize that."], "Hello World."),
    (["Hello world.", "All caps."], "HELLO WORLD."),
    (["Hello world.", "All caps.", "Undo that."], "Hello world."),
    (["Hello World.", "Lower case."], "hello world."),
    (["Hello world.", "Title case that."], "Hello World."),
    (["One.", "Two.", "All caps."], "One. TWO."),
    (["Note", "No space.", "Book"], "NoteBook"),
    (["Hello.", "New line.", "world."], "Hello.\nWorld."),
    (["Hello.", "New paragraph.", "World."], "Hello.\n\nWorld."),
    (["Name.", "Tab.", "Anna."], "Name.\tAnna."),
    (["Hello world.", "Select the last word.", "Moon."], "Hello moon."),
    (["Hello world.", "Select the last word.", "All caps."], "Hello WORLD."),
    (["Hello world.", "Select the last two words.", "Delete that."], ""),
    (["The meeting is on Monday", "Select the last word.", "Friday."], "The meeting is on Friday"),
    (["One. Two.", "Select the last sentence.", "Three."], "One. Three."),
    (["One.", "Two.", "Select that.", "Three."], "One. Three."),
    (["Spell alpha bravo capital charlie."], "abC"),
    (["Code.", "Start spelling.", "Alpha bravo.", "X, 7.", "Stop spelling.", "Done."], "Code. abx7 Done."),
    (["Numbers mode.", "One two three.", "Twenty five.", "Stop numbers.", "Done."], "12325 Done."),
    (["Numbers mode.", "One point five."], "1.5"),
    (["Literal comma."], "comma."),
    (["Literal scratch that."], "scratch that."),
    (["Literal new paragraph"], "new paragraph"),
    (["Literal people are rare."], "Literal people are rare."),
    (["Hello.", "Comma.", "How are you?"], "Hello, how are you?"),
    (["Hello.", "Comma how are you?"], "Hello, how are you?"),
    (["Hello.", "Full stop."], "Hello."),
    (["Snake case get user name"], "get_user_name"),
    (["Camel case get user name."], "getUserName"),
    (["Constant case max size"], "MAX_SIZE"),
    (["Kebab case main menu"], "main-menu"),
    (["Correct answers are on the second page."], "Correct answers are on the second page."),
    (["Spell it out for me."], "Spell it out for me."),
    (["This is e.g.", "A test."], "This is e.g. a test."),
]


@pytest.mark.parametrize(("said", "text"), EDITS, ids=[" ".join(case[0])[:60] for case in EDITS])
def test_edits(desk: Desk, said: list[str], text: str) -> None:
    desk.say(*said)
    assert desk.text == text


def test_what_is_absent_is_not_corrected(desk: Desk) -> None:
    desk.say("I saw a house.")
    reply = desk.say("Correct their to there.")
    assert desk.text == "I saw a house."
    assert reply is not None
    assert "their" in reply.text


def test_a_word_corrected_to_itself_stays(desk: Desk) -> None:
    desk.say("All is well.")
    desk.say("Correct well to well.")
    assert desk.text == "All is well."


def test_a_part_of_a_word_is_not_corrected(desk: Desk) -> None:
    desk.say("Another theory.")
    desk.say("Correct the to a.")
    assert desk.text == "Another theory."


def test_spelling_types_nothing_that_is_no_letter(desk: Desk) -> None:
    reply = desk.say("Spell mode.", "Good morning everybody.")
    assert desk.text == ""
    assert reply is not None
    assert "Good morning everybody" in reply.text


def test_a_new_dictation_begins_with_text(desk: Desk) -> None:
    desk.say("Spell mode.", "Alpha.", "Stop dictation.")
    desk.do("start")
    desk.say("Hello.")
    assert desk.text == "a Hello."


PROFILES = [
    ("xterm", "", ["List the files."], "list the files"),
    ("xterm", "", ["I am here.", "PATH is long."], "I am here PATH is long"),
    ("xterm", "", ["ls dash l"], "ls -l"),
    ("xterm", "", ["git commit dash dash all pipe less"], "git commit --all | less"),
    ("xterm", "", ["open readme dot txt"], "open readme.txt"),
    ("foot", "", ["Take twenty five files – now…"], "take 25 files - now..."),
    ("slack", "", ["I am late."], "I am late"),
    ("slack", "", ["I am late.", "See you."], "I am late. See you"),
    ("slack", "", ["I am late.", "Comma.", "Sorry."], "I am late, Sorry"),
    ("slack", "", ["Are you there?", "Hello."], "Are you there? Hello"),
    ("slack", "", ["One.", "New line.", "Two."], "One\nTwo"),
    ("slack", "", ["Wait..."], "Wait..."),
    ("Firefox", "general - Slack — Mozilla Firefox", ["I am late."], "I am late"),
    ("Firefox", "Slackware news", ["I am late."], "I am late."),
    ("mousepad", "Slack", ["I am late."], "I am late."),
    ("thunderbird", "", ["I am late."], "I am late."),
    ("code", "", ["Twenty five lines."], "25 lines"),
    ("jetbrains-idea", "", ["It is 5 p.m."], "It is 5 p.m."),
]


@pytest.mark.parametrize(("app", "title", "said", "text"), PROFILES)
def test_each_application_is_written_in_its_own_way(
    desk: Desk, app: str, title: str, said: list[str], text: str
) -> None:
    desk.typist.app, desk.typist.title = app, title
    desk.say(*said)
    assert desk.text == text


def test_enter_is_pressed_in_a_chat_only_where_it_is_said(desk: Desk) -> None:
    pressed: list[str] = []
    desk.typist.press = lambda chord, *rest: pressed.append(chord) or ""  # type: ignore[method-assign]
    desk.typist.app = "discord"
    desk.say("One.", "New paragraph.", "Two new line three.")
    assert pressed == ["shift+enter", "shift+enter", "shift+enter"]
    desk.say("Press enter.")
    assert pressed[-1] == "enter"


def test_profiles_can_be_the_persons_own() -> None:
    own = {"notes": {"apps": ["mynotes"], "style": "snake"}, "chat": {"apps": ["slack", "mychat"], "full_stop": "keep"}}
    desk = Desk(profiles=own)
    desk.typist.app = "MyNotes"
    desk.say("Get user name.")
    assert desk.text == "get_user_name"
    desk.typist.app = "mychat"
    desk.say("Hello.")
    assert desk.text == "get_user_name Hello."


def test_one_profile_can_be_chosen_for_all_windows() -> None:
    desk = Desk(profile="terminal")
    desk.say("Hello.")
    assert desk.text == "hello"


@pytest.mark.parametrize(
    ("profiles", "complaint"),
    [
        ({"x": {"numbers": "roman"}}, "numbers must be one of"),
        ({"x": {"aps": []}}, "unknown key aps"),
        ({"x": {"apps": "slack"}}, "apps must be a list"),
        ({"x": {"capitals": "no"}}, "capitals must be bool"),
        ({"x": {"like": "y"}}, "like"),
        ({"x": 1}, "table"),
    ],
)
def test_a_wrong_profile_is_told(profiles: dict[str, object], complaint: str) -> None:
    with pytest.raises(PluginError) as error:
        Desk(profiles=profiles).say("Hello.")
    assert complaint in error.value.message


ADDRESS = "Anna Muster\nHauptstraße 1\n12345 Berlin"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (["My address."], ADDRESS),
        (["my address"], ADDRESS),
        (["Hello.", "My address"], f"Hello. {ADDRESS}"),
        (["This is my address."], "This is my address."),
        (["My addresses."], "My addresses."),
        (["We run kubernetes here."], "We run Kubernetes here."),
        (["The kubernetesses."], "The kubernetesses."),
        (["My address.", "Scratch that."], ""),
    ],
)
def test_personal_texts(said: list[str], text: str) -> None:
    desk = Desk(replacements={"my address": ADDRESS, "kubernetes": {"write": "Kubernetes", "inside": True}})
    desk.say(*said)
    assert desk.text == text


def test_a_personal_text_runs_nothing_in_a_terminal() -> None:
    desk = Desk(replacements={"my address": ADDRESS})
    desk.typist.app = "xterm"
    desk.say("My address.")
    assert desk.text == ADDRESS.replace("\n", " ")


def test_a_wrong_personal_text_is_told() -> None:
    with pytest.raises(PluginError) as error:
        Desk(replacements={"x": 1}).say("Hello.")
    assert "plugin.dictation.replacements" in error.value.message


OTHER_LANGUAGES = [
    ("de", ["Hallo Welt.", "Streich das."], ""),
    ("de", ["Ich sehe das Mehr.", "Korrigiere Mehr zu Meer."], "Ich sehe das Meer."),
    ("de", ["Eins zwei drei.", "Lösche die letzten zwei Wörter."], "Eins"),
    ("de", ["Hallo.", "Neue Zeile.", "Welt."], "Hallo.\nWelt."),
    ("de", ["Buchstabieren.", "Anton, großes Berta.", "Buchstabieren beenden."], "aB"),
    ("de", ["Wörtlich streich das."], "streich das."),
    ("es", ["Hola mundo.", "Borra la última palabra."], "Hola"),
    ("es", ["Veo la vaca.", "Corrige vaca por baca."], "Veo la baca."),
    ("fr", ["Bonjour.", "Comment ça va point d'interrogation"], "Bonjour. Comment ça va\u202f?"),
    ("fr", ["Je vois la mer.", "Corrige mer en mère."], "Je vois la mère."),
    ("fr", ["Bonjour.", "Supprime le dernier mot."], ""),
    ("fr", ["Bonjour.", "Point d’exclamation."], "Bonjour\u202f!"),
    ("zh", ["他来了。", "把他改成她。"], "她来了。"),
    ("zh", ["你好。", "删除最后一个字。"], "你好"),
    ("zh", ["你好。我来了。", "删除最后一句。"], "你好。"),
    ("zh", ["把门打开。"], "把门打开。"),
]


@pytest.mark.parametrize(("language", "said", "text"), OTHER_LANGUAGES)
def test_edits_in_other_languages(language: str, said: list[str], text: str) -> None:
    desk = Desk(language)
    desk.say(*said)
    assert desk.text == text


def test_undo_is_the_applications_own_only_as_a_command_and_where_nothing_was_typed(desk: Desk) -> None:
    pressed: list[str] = []
    desk.typist.press = lambda chord, *rest: pressed.append(chord) or ""  # type: ignore[method-assign]
    reply = desk.say("Undo that.")
    assert reply is not None
    assert pressed == []
    desk.do("undo")
    desk.do("redo")
    assert pressed == ["undo", "redo"]
    reply = desk.say("Hello.", "Undo that.", "Undo that.")
    desk.do("undo")
    assert pressed == ["undo", "redo"]
    assert reply is not None
    assert "undo" in reply.text


@pytest.mark.parametrize(("probability", "text"), [(0.33, "One two three four."), (0.61, "One two")])
def test_a_count_that_is_not_sure_deletes_nothing(desk: Desk, probability: float, text: str) -> None:
    """What the starter writes for "delete the last word", and for "delete the last two words"."""
    desk.say("One two three four.")
    words = [("Delete", 0.97), ("the", 0.86), ("last", 0.99), ("2", probability), ("words.", 0.97)]
    spoken = tuple(Word(word, 0.0, 0.1, sure) for word, sure in words)
    transcript = Transcript("Delete the last 2 words.", "en", spoken, -0.2, 0.0, "", 0.0)
    audio = Audio(np.zeros(16000, np.float32))
    context = Context(desk.plugin, desk.services, "en", transcript.text, desk.plugin.settings, transcript, audio)
    reply = desk.plugin.function("delete")(context, unit="word", count=2)
    assert desk.text == text
    assert (reply is None) == (text == "One two")
