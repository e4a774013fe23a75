"""From what Whisper writes to what is typed."""

from __future__ import annotations

import random
import re
import sys
from datetime import date
from types import ModuleType

import pytest

from aihear_voice import paths
from aihear_voice.plugin import loader
from aihear_voice.understanding import values


@pytest.fixture(scope="module")
def formatting() -> ModuleType:
    plugin = loader.load_one(paths.shipped_plugins() / "dictation", "shipped", {})
    plugin.function("insert")
    return sys.modules["aihear_plugins.dictation.formatting"]


ESCAPES = {"en": "literal ", "de": "wörtlich ", "es": "literal ", "fr": "littéral ", "zh": "文字"}
LANGUAGES = tuple(ESCAPES)
WIDE, NARROW = "\u00a0", "\u202f"  # no-break spaces

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
    ("fr", "Bonjour virgule ça va point d'interrogation", "Bonjour, ça va?"),
    ("fr", "Bonjour virgule ça va point d’interrogation", "Bonjour, ça va?"),
    ("fr", "Voici la liste deux points du pain point-virgule du lait", "Voici la liste: du pain; du lait"),
    ("fr", "Il a dit ouvrez les guillemets bonjour fermez les guillemets", "Il a dit «bonjour»"),
    ("fr", "Cher Paul virgule à la ligne merci point", "Cher Paul,\nMerci."),
    ("fr", "C'est un bon point.", "C'est un bon point."),
    ("fr", "Mon point de vue.", "Mon point de vue."),
    ("fr", "Il a deux points d'avance.", "Il a deux points d'avance."),
    ("fr", "littéral virgule", "virgule"),
    ("fr", "Bonjour, virgule, ça va? Point d'interrogation.", "Bonjour, ça va?"),
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
    ("en", "Name:\t", "the cat", "The cat"),
    ("en", "see e.g.", "The cat", " the cat"),
    ("de", "das ist z. B.", "Ein Haus", " ein Haus"),
    ("fr", "Bonjour", "!", f"{NARROW}!"),
    ("fr", "La liste", ": du pain", f"{WIDE}: du pain"),
    ("fr", f"Ça va{NARROW}?", "oui", " Oui"),
    ("fr", "Je pense,", "Que oui", " que oui"),
]


FRENCH = [
    # As Whisper writes, and as it is typed
    ("Comment ça va?", f"Comment ça va{NARROW}?"),
    ("Comment ça va ?", f"Comment ça va{NARROW}?"),
    ("Attention ! Vite !", f"Attention{NARROW}! Vite{NARROW}!"),
    ("Quoi?!", f"Quoi{NARROW}?!"),
    ("La liste: du pain; du lait.", f"La liste{WIDE}: du pain{NARROW}; du lait."),
    ("Il a dit: «bonjour».", f"Il a dit{WIDE}: «{WIDE}bonjour{WIDE}»."),
    ("Il a dit « bonjour » !", f"Il a dit «{WIDE}bonjour{WIDE}»{NARROW}!"),
    ("(Vraiment?) Oui.", f"(Vraiment{NARROW}?) Oui."),
    ("Rendez-vous à 10:30.", "Rendez-vous à 10:30."),
    ("Voir https://exemple.fr/a?b=c;d pour tout.", "Voir https://exemple.fr/a?b=c;d pour tout."),
    ("Bonjour, ça va.", "Bonjour, ça va."),
    ("", ""),
]


@pytest.mark.parametrize(("heard", "typed"), FRENCH)
def test_french_marks_have_their_spaces(formatting: ModuleType, heard: str, typed: str) -> None:
    assert formatting.typographic(heard, "fr") == typed
    assert formatting.typographic(typed, "fr") == typed
    assert formatting.typographic(heard, "en") == heard


WORDS = {  # none that makes a word of a mark's name beside it
    "en": "Anna house blue rains today slowly",
    "de": "Anna Haus blau regnet heute langsam",
    "es": "Anna casa azul hoy llueve lento",
    "fr": "Anna maison bleue rouge pleut vert",
    "zh": "他 们 今 天 去 北 京 很 好",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_and_nothing_doubled(formatting: ModuleType, language: str, seed: int) -> None:
    """Pieces of words and spoken marks, with and without what Whisper sets around them."""
    chance = random.Random(seed)
    names = [name for name, mark in formatting.language_of(language).marks.items() if mark.space == "stop"]
    joint = "" if language == "zh" else " "
    before, said = "", []
    for _ in range(8):
        words = chance.choices(WORDS[language].split(), k=chance.randrange(1, 5))
        said += words
        ends = chance.choice(["", ".", ",", "?"]) if language != "zh" else chance.choice(["", "。", "，"])
        name = chance.choice(["", chance.choice(names)])
        heard = joint.join([*words[:-1], words[-1] + ends, *([name + ends] if name else [])])
        text = formatting.typographic(formatting.spoken(heard[:1].upper() + heard[1:], language), language)
        before += formatting.joined(before, text, language)
    flat = before.casefold().replace(" ", "").replace(WIDE, "").replace(NARROW, "").replace("……", "…")
    bare = re.sub(r"[^\w]", "", flat)
    assert bare == "".join(said).casefold()
    assert not re.search(r"[ \u00a0\u202f]{2}", before)
    assert not re.search(r"[,.;:!?…，。；：！？、]{2}", flat)
    assert not re.search(r"(?<![ \u00a0\u202f]) [,.;:!?，。]", before)


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("List the files.", "list the files."),
        ("I am here.", "I am here."),
        ("I'm here.", "I'm here."),
        ("PATH is long.", "PATH is long."),
        ("iPhone", "iPhone"),
        ("It's late.", "it's late."),
        ("Élan vital", "élan vital"),
        ("5 files", "5 files"),
    ],
)
def test_the_capital_of_a_sentence_goes(formatting: ModuleType, text: str, small: str) -> None:
    assert formatting.small_start(text) == small


FIGURES = [
    ("en", {"numbers": "figures"}, "I have twenty five books and one hundred pens.", "I have 25 books and 100 pens."),
    ("en", {"numbers": "figures"}, "one of them is mine", "one of them is mine"),
    ("en", {"numbers": "figures"}, "two point five percent of it", "2.5% of it"),
    ("en", {"numbers": "figures"}, "ten percent", "10%"),
    ("en", {"numbers": "ten_up"}, "three cats and twelve dogs", "three cats and 12 dogs"),
    ("en", {"numbers": "heard"}, "three cats and twelve dogs", "three cats and twelve dogs"),
    ("en", {"times": "24h"}, "at seven thirty p.m. sharp", "at 19:30 sharp"),
    ("en", {"times": "24h"}, "at half past seven in the evening", "at 19:30"),
    ("en", {"times": "24h"}, "from ten to five", "from ten to five"),
    ("en", {"times": "12h"}, "at 19:30 today", "at 7:30 PM today"),
    ("en", {"currencies": "sign"}, "five dollars and twenty cents please", "$5.20 please"),
    ("en", {"currencies": "sign"}, "it costs 12 euros.", "it costs €12."),
    ("en", {"currencies": "sign"}, "two men and five women", "two men and five women"),
    ("en", {"dates": "iso"}, "on March third, 2031", "on 2031-03-03"),
    ("en", {"dates": "iso"}, "on March fifth", "on 2030-03-05"),
    ("en", {"dates": "numeric"}, "on March fifth we meet", "on 3/5 we meet"),
    ("en", {"dates": "iso"}, "tomorrow", "tomorrow"),
    ("de", {"currencies": "sign"}, "zwanzig Euro und fünfzig Cent", "20,50\u00a0€"),
    ("de", {"times": "24h"}, "um halb acht am Abend", "um 19:30"),
    ("de", {"dates": "numeric"}, "am 5. März", "am 5.3."),
    ("de", {"numbers": "figures"}, "ein Haus und fünfundzwanzig Bäume", "ein Haus und 25 Bäume"),
    ("es", {"numbers": "figures"}, "tengo veinticinco libros", "tengo 25 libros"),
    ("fr", {"numbers": "figures"}, "j'ai vingt-cinq livres", "j'ai 25 livres"),
    ("fr", {"currencies": "sign"}, "ça coûte dix euros", "ça coûte 10\u00a0€"),
    ("zh", {"numbers": "figures"}, "我有二十五本书", "我有25本书"),
    ("zh", {"times": "24h"}, "三点半见", "03:30见"),
]


@pytest.mark.parametrize(("language", "asked", "heard", "typed"), FIGURES)
def test_figures_as_the_profile_asks(language: str, asked: dict[str, str], heard: str, typed: str) -> None:
    figures, profiles = (sys.modules[f"aihear_plugins.dictation.{name}"] for name in ("figures", "profiles"))
    named = values.named(heard, language, date(2030, 3, 4))
    assert figures.written(heard, language, named, profiles.Profile("x", **asked)) == typed


@pytest.mark.parametrize(("language", "before", "text", "typed"), JOINED)
def test_joins_to_what_was_typed_before(
    formatting: ModuleType, language: str, before: str, text: str, typed: str
) -> None:
    assert formatting.joined(before, text, language) == typed


def test_typed_words_keep_their_case(formatting: ModuleType) -> None:
    assert formatting.joined("Hello.", "world", "en", sentence=False) == " world"


def test_every_mark_can_be_said(formatting: ModuleType) -> None:
    for code in LANGUAGES:
        for name, mark in formatting.language_of(code).marks.items():
            assert formatting.spoken(name, code) == mark.write.strip(" "), (code, name)


def test_every_mark_can_be_escaped(formatting: ModuleType) -> None:
    for code, escape in ESCAPES.items():
        for name in formatting.language_of(code).marks:
            assert formatting.spoken(escape + name, code) == name, (code, name)
