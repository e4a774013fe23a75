"""Whether more is to come, from the words before a pause: with the shipped sentences."""

import pytest

from aihear_voice import settings
from aihear_voice.plugin import loader
from aihear_voice.types import Transcript, Word
from aihear_voice.understanding import completeness
from aihear_voice.understanding.router import TemplateRouter


@pytest.fixture(scope="module")
def router():
    loaded = settings.load((), env={})
    return TemplateRouter(loader.usable(loader.load(loaded)), loaded.understanding.languages)


def judge(router, text, language="en", purpose="assist", last=0.97, seconds=0.4, reliable=True):
    words = text.split() or [""]
    heard = [Word(word, i, i + 0.4, 0.97) for i, word in enumerate(words[:-1])]
    heard.append(Word(words[-1], 9.0, 9.0 + seconds, last))
    transcript = Transcript(text, language, tuple(heard), -0.1, 0.0, "test", 0.0, reliable)
    return completeness.judge(transcript, router.route(text, language, purpose), purpose, router)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What time is it?"), ("en", "Set a timer for 10 minutes."), ("en", "Open the calculator."),
        ("en", "Turn it up."), ("en", "Please take a screenshot."), ("en", "Wake me up at seven."),
        ("de", "Öffne den Browser."), ("de", "Stelle einen Timer auf zehn Minuten."),
        ("es", "Abre el navegador."), ("zh", "打开浏览器"),
    ],
)  # fmt: skip
def test_a_command_to_which_nothing_is_missing(router, language, text):
    assert judge(router, text, language) == "complete"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Set a timer for"), ("en", "Set a timer for 10."), ("en", "Remind me to"), ("en", "Open the"),
        ("en", "I wanted to say, um"), ("en", "Apples, pears,"), ("en", "We go there and..."), ("en", "Take a"),
        ("de", "Stelle einen Timer auf"), ("de", "Äpfel und"), ("es", "Pon un temporizador de"), ("es", "pan y"),
        ("fr", "Je voudrais du"), ("zh", "设置一个"), ("zh", "我和"),
    ],
)  # fmt: skip
def test_what_cannot_be_all(router, language, text):
    assert judge(router, text, language) == "unfinished"


def test_what_may_go_on_is_waited_for(router):
    assert judge(router, "Type hello world.") == "sentence", "free text may go on"
    assert judge(router, "Set a timer.") == "open", "a longer command begins like this"
    assert judge(router, "The house is green") == "open"


def test_what_the_model_is_not_sure_of_is_not_all(router):
    assert judge(router, "Set an alarm for 4 p.m.", last=0.5) == "open"
    assert judge(router, "Set an alarm for 4 p.m.", last=0.85, seconds=0.1) == "open"
    assert judge(router, "What time is it?", reliable=False) == "open"


def test_in_dictation_words_decide(router):
    assert judge(router, "The train leaves at seven.", purpose="dictate") == "sentence"
    assert judge(router, "We need bread and", purpose="dictate") == "unfinished"
