"""Reading what is selected, spelling, counting, translating."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ...argos import package
from .desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk("text")


def select(desk: Desk, text: str) -> None:
    desk.typist.type(text)
    assert desk.typist.select(text)


def test_the_selection_is_read_in_a_voice_of_its_language(desk: Desk) -> None:
    assert desk.say("Read the selection") == "Nothing is selected."
    select(desk, "Two words. And more.")
    assert desk.say("Read the selection") == "Two words. And more."
    assert desk.reply.aloud("en") == [("Two words. And more.", "en", 1.0)]
    desk.say("Read the selection in French")
    assert desk.reply.aloud("en")[0][1] == "fr"


def test_a_chinese_selection_is_read_in_chinese(desk: Desk) -> None:
    select(desk, "今天天气很好。")
    desk.say("Read the selection")
    assert desk.reply.aloud("en") == [("今天天气很好。", "zh", 1.0)]


def test_a_window_that_tells_nothing_is_said_to() -> None:
    desk = Desk("text")
    desk.typist.read_selected = lambda since=None: None  # type: ignore[method-assign]
    assert desk.say("Read this aloud") == "This window does not tell me what is selected in it."


def test_only_so_much_is_read_as_the_settings_say() -> None:
    desk = Desk("text", read_most=10)
    select(desk, "a" * 5_000)
    assert desk.say("Read the selection") == "aaaaaaaaaa …"


@pytest.mark.parametrize(
    ("text", "said", "answer"),
    [
        ("It's a well-known fact, isn't it?", "How many words are selected?", "6 words, 28 characters."),
        ("家里有 two cats。", "How many words are selected?", "5 words, 11 characters."),
        ("One. Two! Three?\n\nFour", "Count the sentences", "4 sentences, 4 words."),
        ("a\nb\n", "How many lines are selected?", "2 lines, 2 words."),
        ("👩‍👩‍👧 é", "How many characters are selected?", "2 characters, 1 word."),
    ],
)
def test_words_and_characters_are_counted_as_people_count_them(desk: Desk, text: str, said: str, answer: str) -> None:
    select(desk, text)
    assert desk.say(said) == answer


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("How do you spell O'Neill?", "en", "O'Neill: O, apostrophe, N, E, I, L, L."),
        ("Wie schreibt man Straße?", "de", "Straße: S, T, R, A, ß, E."),
        ("¿Cómo se escribe niño?", "es", "niño: N, I, Ñ, O."),
        ("Buchstabiere Öl mit der Buchstabiertafel", "de", "Öl: Ökonom, Ludwig."),
        ("Spell café in the radio alphabet", "en", "café: Charlie, Alfa, Foxtrot, Echo."),
        ("Épelle Zoé avec l'alphabet français", "fr", "Zoé : Zoé, Oscar, Émile."),
    ],
)
def test_words_are_spelt(desk: Desk, said: str, language: str, answer: str) -> None:
    assert desk.say(said, language) == answer


def test_what_is_too_long_is_not_spelt(desk: Desk) -> None:
    assert desk.call("spell_word", word="x" * 3000) == "That is too long to spell."


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    package(folder, "de", "en", {"das": "the", "Haus": "house", "ist": "is", "rot.": "red."})
    package(folder, "en", "fr", {"the": "la", "house": "maison", "is": "est", "red.": "rouge."})
    return folder


def test_a_package_on_this_computer_translates_and_the_answer_is_said_in_that_language(models: Path) -> None:
    desk = Desk("text", packages=str(models))
    assert desk.say("Übersetze das Haus ins Englische", "de") == "the house"
    assert desk.reply.aloud("de") == [("the house", "en", 1.0)]


def test_two_packages_that_meet_in_english_translate_sentence_by_sentence(models: Path) -> None:
    desk = Desk("text", packages=str(models))
    select(desk, "das Haus ist rot. das Haus\n\nist rot.")
    assert desk.say("Übersetze die Auswahl ins Französische", "de") == "la maison est rouge. la maison\n\nest rouge."


def test_it_says_what_is_missing_for_a_translation(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("text", packages=str(models))
    assert str(models) in desk.say("How do you say house in Greek?")
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    assert desk.say("How do you say house in French?").startswith("No translator is installed here.")


def test_a_broken_package_is_passed_over(models: Path, tmp_path: Path) -> None:
    for name, content in (("a", "{"), ("b", "[]"), ("c", '{"from_code": "en", "to_code": "de"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metadata.json").write_text(content)
    assert str(tmp_path) in Desk("text", packages=str(tmp_path)).say("How do you say house in German?")
