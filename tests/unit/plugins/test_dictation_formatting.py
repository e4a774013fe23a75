"""From what Whisper writes to what is typed."""

from __future__ import annotations

from types import ModuleType

import pytest

from aihear_voice import paths
from aihear_voice.plugin import loader


@pytest.fixture(scope="module")
def formatting() -> ModuleType:
    plugin = loader.load_one(paths.shipped_plugins() / "dictation", "shipped", {})
    plugin.function("insert")
    import sys

    return sys.modules["aihear_plugins.dictation.formatting"]


SPOKEN = [
    # Whisper wrote the words
    ("en", "Hello comma how are you question mark", "Hello, how are you?"),
    ("en", "Dear Bob comma new line thank you for the report period", "Dear Bob,\nThank you for the report."),
    ("en", "Best regards comma new paragraph Anna", "Best regards,\n\nAnna"),
    ("en", "Stop exclamation mark it is hot full stop", "Stop! It is hot."),
    ("en", "The list colon apples semicolon pears", "The list: apples; pears"),
    ("en", "He said open quote hello there close quote and left", 'He said "hello there" and left'),
    ("en", "and open parenthesis see below close parenthesis then", "and (see below) then"),
    ("en", "a well hyphen known problem", "a well-known problem"),
    ("en", "bob underscore smith at sign example", "bob_smith@example"),
    ("en", "and forward slash or", "and/or"),
    ("en", "It was dash I think dash late", "It was – I think – late"),
    ("en", "50 percent sign of it", "50% of it"),
    ("en", "wait dot dot dot what", "wait… what"),
    # Whisper punctuated as well: nothing is doubled
    ("en", "Hello, comma, how are you? Question mark.", "Hello, how are you?"),
    ("en", "Hello. Comma. How are you. Full stop.", "Hello, how are you."),
    ("en", "Hello. New line. How are you?", "Hello.\nHow are you?"),
    ("en", "Hello, new line, how are you?", "Hello\nHow are you?"),
    ("en", "He said, open quote, hello, close quote.", 'He said, "hello".'),
    ("en", "Hello. Comma. Peter is here.", "Hello, Peter is here."),  # a name keeps its capital
    # A mark alone
    ("en", "Comma.", ","),
    ("en", "New paragraph.", "\n\n"),
    ("en", "Question mark", "?"),
    # Words that only sound like marks
    ("en", "He worked there for a long period of time.", "He worked there for a long period of time."),
    ("en", "The trial period is over.", "The trial period is over."),
    ("en", "Every comma counts.", "Every comma counts."),
    ("en", "Colon cancer is treatable.", "Colon cancer is treatable."),
    ("en", "Add a dash of salt.", "Add a dash of salt."),
    ("en", "We opened a new line of products.", "We opened a new line of products."),
    ("en", "She is in a coma.", "She is in a coma."),
    ("en", "Commas and periods.", "Commas and periods."),
    ("en", "The periodic table.", "The periodic table."),
    # The escape word
    ("en", "Type literal comma here.", "Type comma here."),
    ("en", "Literal period.", "period."),
    ("en", "He wrote literal new line and comma stopped.", "He wrote new line and, stopped."),
    # Other languages
    ("de", "Hallo Komma wie geht es dir Fragezeichen", "Hallo, wie geht es dir?"),
    ("de", "Das ist der wichtigste Punkt.", "Das ist der wichtigste Punkt."),
    ("de", "Fertig Punkt neue Zeile los Ausrufezeichen", "Fertig.\nLos!"),
    ("de", "Punkt 3 fehlt.", "Punkt 3 fehlt."),
    ("de", "Er sagte Doppelpunkt Anführungszeichen auf Hallo Anführungszeichen zu", "Er sagte: „Hallo“"),
    ("de", "wörtlich Komma", "Komma"),
    ("es", "Hola coma qué tal", "Hola, qué tal"),
    ("es", "El paciente está en coma.", "El paciente está en coma."),
    ("es", "abre interrogación qué tal cierra interrogación", "¿qué tal?"),
    ("es", "Fin punto y aparte empiezo", "Fin.\n\nEmpiezo"),
    ("es", "Primero punto y coma segundo", "Primero; segundo"),
    ("zh", "你好逗号世界句号", "你好，世界。"),
    ("zh", "第一行换行第二行。", "第一行\n第二行。"),
    ("zh", "你好，逗号，世界。", "你好，世界。"),
    ("zh", "画一个问号", "画一个问号"),
    ("zh", "文字逗号", "逗号"),
    # Nothing to do
    ("en", "This is a test of the dictation.", "This is a test of the dictation."),
    ("en", "", ""),
    ("xx", "Hello comma you", "Hello, you"),  # an unknown language is taken for English
]


@pytest.mark.parametrize(("language", "heard", "typed"), SPOKEN, ids=[f"{c[0]}:{c[1][:40]}" for c in SPOKEN])
def test_spoken_marks(formatting: ModuleType, language: str, heard: str, typed: str) -> None:
    assert formatting.spoken(heard, language) == typed


JOINED = [
    ("en", "", "Hello.", "Hello."),
    ("en", "Hello.", "How are you?", " How are you?"),
    ("en", "Hello.", "how are you?", " How are you?"),
    ("en", "Hello,", "How are you?", " how are you?"),
    ("en", "Hello,", "Peter.", " Peter."),
    ("en", "I think", "I am late.", " I am late."),
    ("en", "One", ", two", ", two"),
    ("en", "Hello\n", "How are you?", "How are you?"),
    ("en", "Hello ", "you", "you"),
    ("en", "Hello.", "\n", "\n"),
    ("en", "see (", "Below", "Below"),
    ("en", 'He said "', "Hello", "Hello"),
    ("en", 'He said "hello', '"', '"'),
    ("en", 'He said "hello"', "And left", " and left"),
    ("de", "Ich denke,", "Das Auto ist rot.", " das Auto ist rot."),
    ("de", "Ich kaufe", "Brot.", " Brot."),
    ("es", "Hola.", "Qué tal", " Qué tal"),
    ("zh", "你好。", "世界", "世界"),
    ("zh", "你好", "，世界", "，世界"),
    ("zh", "用 Python", "写程序", "写程序"),
]


@pytest.mark.parametrize(("language", "before", "text", "typed"), JOINED)
def test_joins_to_what_was_typed_before(
    formatting: ModuleType, language: str, before: str, text: str, typed: str
) -> None:
    assert formatting.joined(before, text, language) == typed


def test_typed_words_keep_their_case(formatting: ModuleType) -> None:
    assert formatting.joined("Hello.", "world", "en", sentence=False) == " world"


def test_every_mark_can_be_said(formatting: ModuleType) -> None:
    for code in ("en", "de", "es", "zh"):
        for name, mark in formatting.language_of(code).marks.items():
            assert formatting.spoken(name, code) == mark.write.strip(" "), (code, name)


def test_every_mark_can_be_escaped(formatting: ModuleType) -> None:
    for code, escape in (("en", "literal "), ("de", "wörtlich "), ("es", "literal "), ("zh", "文字")):
        for name in formatting.language_of(code).marks:
            assert formatting.spoken(escape + name, code) == name, (code, name)
