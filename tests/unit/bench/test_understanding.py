"""The measure of understanding: what counts as right, and the sentences themselves."""

import json
from dataclasses import replace

import pytest

from aihear_voice.bench import sentences, understanding
from aihear_voice.bench.sentences import Sentence
from aihear_voice.plugin import loader
from aihear_voice.types import Match, Understood
from tests import rigs

TIMER = Sentence(
    "en",
    "clean",
    "Set a pasta timer for 5 minutes.",
    "",
    "en",
    "clock.start_timer",
    ({"seconds": 300, "label": "pasta"},),
)


def matched(intent="start_timer", exact=True, **slots):
    return Match("clock", intent, slots, 1.0 if exact else 0.7, "en", exact)


def outcome_of(sentence, *requests, choices=()):
    found = Understood(requests, choices)
    return understanding.judge(sentence, found, understanding.asks(sentence, found, {"clock.cancel_timer"}))


@pytest.mark.parametrize(
    ("match", "outcome"),
    [
        (matched(seconds=300, label="Pasta"), "right"),
        (matched(seconds=300, label="the pasta"), "right"),
        (matched(seconds=300, label="Pasta", exact=False), "right"),
        (matched(seconds=300), "wrong"),
        (matched(seconds=900, label="pasta"), "wrong"),
        (matched(seconds=300, label="pasta", more=1), "wrong"),
        (matched(seconds=300, exact=False), "asked"),
        (matched("cancel_timer", label="pasta"), "asked"),
    ],
)
def test_a_request(match, outcome):
    assert outcome_of(TIMER, match) == outcome


def test_nothing_and_too_much_for_a_request():
    right = matched(seconds=300, label="pasta")
    assert outcome_of(TIMER) == "rejected"
    assert outcome_of(TIMER, right, right) == "wrong"
    assert outcome_of(TIMER, choices=(right, matched())) == "asked"


def test_two_requests_in_one_breath():
    both = replace(TIMER, more=(("clock.tell_time", ({},)),))
    timer, time = matched(seconds=300, label="pasta"), matched("tell_time")
    assert outcome_of(both, timer, time) == "right"
    assert outcome_of(both, time, timer) == "wrong"
    assert outcome_of(both, timer) == "wrong"


def test_what_is_no_request():
    talk = replace(TIMER, kind="out_of_scope", intent="", slots=({},))
    assert outcome_of(talk) == "right"
    assert outcome_of(talk, matched()) == "wrong"
    assert outcome_of(talk, matched(exact=False)) == "asked"
    assert outcome_of(replace(talk, reliable=False), matched()) == "asked"


@pytest.mark.parametrize(
    ("heard", "label", "outcome"),
    [
        ("Set a paster timer for 5 minutes.", "paster", "right"),  # free text can only be what was written
        ("Set a paster timer for 5 minutes.", "a paster timer", "wrong"),
        ("Set a pasta timer for 5 minutes.", "set a pasta", "wrong"),
        ("Set a past a timer for 5 minutes.", "past a", "right"),
    ],
)
def test_free_text_that_was_misheard(heard, label, outcome):
    spoken = replace(TIMER, kind="transcribed", said=TIMER.text, text=heard, voice="espeak:en")
    assert outcome_of(spoken, matched(seconds=300, label=label)) == outcome


def test_a_number_that_was_misheard_is_wrong():
    heard = "Set a pasta timer for 9 minutes."
    spoken = replace(TIMER, kind="transcribed", said=TIMER.text, text=heard, voice="espeak:en")
    assert outcome_of(spoken, matched(seconds=540, label="pasta")) == "wrong"


def test_the_sentences_are_as_many_and_as_various_as_promised():
    asked = sentences.everything()
    assert len(asked) >= 1500
    assert len({(one.language, one.text, one.purpose, one.voice, one.said) for one in asked}) == len(asked)
    of = {(kind, language): 0 for kind in ("clean", "out_of_scope") for language in sentences.LANGUAGES}
    for one in asked:
        if (one.kind, one.language) in of:
            of[one.kind, one.language] += 1
    assert of["clean", "en"] >= 700
    assert min(of["clean", language] for language in sentences.LANGUAGES) >= 150
    assert min(of["out_of_scope", language] for language in sentences.LANGUAGES) >= 25
    assert sum(not one.intent for one in asked if not one.voice) >= 300
    assert len({one.voice for one in asked if one.voice}) >= 4
    halves = [one.half for one in asked]
    assert 0.4 < halves.count("dev") / len(halves) < 0.6


def test_every_expectation_names_an_intent_that_is_there():
    plugins = loader.load_from([place for place in loader.places() if place[1] == "shipped"], {})
    there = {f"{plugin.name}.{intent}" for plugin in plugins for intent in plugin.intents}
    assert {one.intent for one in sentences.everything() if one.intent} <= there


@pytest.mark.parametrize(
    ("said", "language", "kind"),
    [
        ("Set a timer for ten minutes.", "en", "transcribed"),
        ("Set a timer for 45 seconds.", "en", "transcribed"),
        ("Remind me about the dentist at eight o'clock.", "en", "transcribed"),
        ("Time, please.", "en", "unknown_wording"),
        ("Delete the timer.", "en", "unknown_wording"),
        ("Set a timer for ten fortnights.", "en", "unknown_words"),
        ("Stelle einen Timer auf zehn Minuten.", "de", "transcribed"),
        ("Stelle einen Wecker auf 7 Uhr.", "de", "unknown_words"),
        ("设置一个五分钟的定时器。", "zh", "transcribed"),
        ("Quelle heure est-il ?", "fr", "unknown_words"),
    ],
)
def test_what_the_starter_can_know(said, language, kind):
    assert sentences.heard_kind(said, language) == kind


def test_the_command_tells_ours_and_hassils_figures():
    done = rigs.aihear_once("bench", "understanding", "--kind", "negation", "--failures", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["sentences"] > 50
    for router in ("aihear", "hassil"):
        assert result[router]["none"]["sentences"] == result["sentences"]
        assert result[router]["p99_ms"] >= result[router]["median_ms"] > 0
    assert len(result["failures"]) == round((100 - result["aihear"]["none"]["right"]) * result["sentences"] / 100)
