"""aihear bench understanding: how many sentences come to what was meant, beside hassil alone.

The sentences (aihear_voice/bench/sentences) were written by hand, as people might say them, and some of them spoken by
voices that the starter checkpoint had not been trained on, and written down by it. Their halves: "dev" is there to mend
the program by, "held" to see whether that helps what nobody looked at.

right: the intent that was meant, and its slots, even if a question is asked first; for what is no request: nothing
asked: something else, but the person is asked first (which of several, or whether; or the recogniser was not sure)
wrong: something else was done
rejected: a request was not understood
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ..errors import EXIT_DONE

if TYPE_CHECKING:
    from hassil import Intents

    from ..plugin.manifest import Plugin
    from ..types import Match, Understood
    from .sentences import Sentence

TODAY = date(2030, 3, 4)  # a Monday; the day that the plugins' cases have
HEARD = ("heard exactly", "heard slightly wrong", "not heard")
SLIGHTLY = 0.5  # of the words
Outcome = Literal["right", "asked", "wrong", "rejected"]
OUTCOMES: tuple[Outcome, ...] = ("right", "asked", "wrong", "rejected")
_ARTICLES = {
    "en": frozenset(("the", "a", "an", "my", "some")),
    "de": frozenset(("der", "die", "das", "den", "dem", "ein", "eine", "einen", "mein", "meine", "meinen")),
    "es": frozenset(("el", "la", "los", "las", "un", "una", "mi", "mis")),
    "fr": frozenset(("le", "la", "les", "l'", "un", "une", "du", "des", "de", "mon", "ma", "mes")),
}
# What is installed where this is measured, so that it is the same everywhere.
APPLICATIONS = {
    name.casefold(): name
    for name in (
        "Firefox", "Thunderbird", "GIMP", "Inkscape", "VLC", "Spotify", "Telegram", "Signal", "Visual Studio Code",
        "Blender", "LibreOffice Writer", "LibreOffice Calc", "Audacity", "Krita", "KeePassXC", "Steam", "Evince",
        "Terminal", "Calculator", "Calendar", "Files", "Text Editor",
    )
}  # fmt: skip
_VALUES = ("number", "percent", "duration", "time", "date")


@dataclass(frozen=True, slots=True)
class Result:
    """One sentence's. first: whether the person is asked before anything is done; seconds: of computing"""

    sentence: Sentence
    found: Understood
    outcome: Outcome
    first: bool
    seconds: float


Route = Callable[["Sentence"], "Understood"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--half", choices=("all", "dev", "held"), default="all", help="of the sentences (all)")
    parser.add_argument("--kind", metavar="KIND", default="", help="clean, transcribed, out_of_scope … (default: all)")
    parser.add_argument("--failures", action="store_true", help="list the sentences that did not come out right")


def run(arguments: argparse.Namespace) -> int:
    from . import sentences

    asked = [
        sentence
        for sentence in sentences.everything()
        if arguments.half in ("all", sentence.half) and arguments.kind in ("", sentence.kind)
    ]
    plugins = _plugins()
    confirmed = {f"{p.name}.{name}" for p in plugins for name, intent in p.intents.items() if intent.confirm}
    ours = measure(asked, _ours(plugins), confirmed)
    alone = measure(asked, _hassil_alone(plugins), confirmed)
    result = {
        "benchmark": "understanding",
        "half": arguments.half,
        "sentences": len(asked),
        "aihear": report(ours),
        "hassil": report(alone),
    }
    if arguments.failures:
        result["failures"] = [failure(one) for one in ours if one.outcome != "right"]
    _show(result)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    return EXIT_DONE


def _plugins() -> Sequence[Plugin]:
    """As they are shipped, whatever the person has set or added."""
    from ..plugin import loader

    return loader.usable(loader.load_from([place for place in loader.places() if place[1] == "shipped"], {}))


def measure(asked: Iterable[Sentence], route: Route, confirmed: set[str]) -> list[Result]:
    """confirmed: the intents that ask first."""
    results = []
    for sentence in asked:
        started = time.thread_time()
        found = route(sentence)
        seconds = time.thread_time() - started
        first = asks(sentence, found, confirmed)
        results.append(Result(sentence, found, judge(sentence, found, first), first, seconds))
    return results


def asks(sentence: Sentence, found: Understood, confirmed: set[str]) -> bool:
    """Whether a yes or a choice is wanted before anything is done."""
    if found.choices or not found.requests:
        return bool(found.choices)
    unsure = any(not match.sure or f"{match.plugin}.{match.intent}" in confirmed for match in found.requests)
    return unsure or not sentence.reliable


def judge(sentence: Sentence, found: Understood, first: bool) -> Outcome:
    if not found.requests and not found.choices:
        return "rejected" if sentence.intent else "right"
    wanted = [(sentence.intent, sentence.slots), *sentence.more]
    if len(found.requests) == len(wanted) and all(
        _fits(match, intent, slots, sentence) for match, (intent, slots) in zip(found.requests, wanted, strict=True)
    ):
        return "right"
    return "asked" if first else "wrong"


def _fits(match: Match, intent: str, slots: tuple[Mapping[str, Any], ...], sentence: Sentence) -> bool:
    """slots: each is right; () where any are"""
    if f"{match.plugin}.{match.intent}" != intent:
        return False
    return not slots or any(_slots_right(match.slots, each, sentence) for each in slots)


def _slots_right(found: Mapping[str, Any], wanted: Mapping[str, Any], sentence: Sentence) -> bool:
    present = {name: value for name, value in found.items() if value is not None}
    return present.keys() == wanted.keys() and all(
        _same(present[name], value, sentence) if isinstance(value, str) else present[name] == value
        for name, value in wanted.items()
    )


def _same(found: object, wanted: str, sentence: Sentence) -> bool:
    """Texts by their words, a leading article aside. Misheard free text is right where it is what was heard of it."""
    one, other = _words(str(found), sentence.language), _words(wanted, sentence.language)
    return one == other or (bool(sentence.voice) and one in _heard(other, sentence))


def _words(text: str, language: str) -> list[str]:
    from .accuracy import words

    parts = words(text, language)
    while len(parts) > 1 and parts[0] in _ARTICLES.get(language, ()):
        parts = parts[1:]
    return parts


def _heard(wanted: list[str], sentence: Sentence) -> list[list[str]]:
    """What the transcript has where these words were said; words put in at an edge may belong to it or not."""
    from rapidfuzz.distance import Levenshtein

    from .accuracy import words

    said, heard = (words(text, sentence.language) for text in (sentence.said, sentence.text))
    start = next((at for at in range(len(said)) if said[at : at + len(wanted)] == wanted), None)
    if start is None:
        return []
    end = start + len(wanted)
    edits = Levenshtein.editops(said, heard)
    first = [_shifted(start, edits, before) for before in (True, False)]
    last = [_shifted(end, edits, before) for before in (True, False)]
    return [heard[a:b] for a in range(first[0], first[1] + 1) for b in range(last[0], last[1] + 1)]


def _shifted(place: int, edits: Iterable[Any], before: bool) -> int:
    """Where a gap between words of what was said is in the transcript; before: before what was put in there."""
    shift = 0
    for edit in edits:
        if edit.tag == "insert" and (edit.src_pos < place or (edit.src_pos == place and not before)):
            shift += 1
        elif edit.tag == "delete" and edit.src_pos < place:
            shift -= 1
    return place + shift


# The two routers


def _ours(plugins: Sequence[Plugin]) -> Route:
    from ..settings import load
    from ..understanding.router import TemplateRouter

    languages = load(env={}).understanding.languages
    router = TemplateRouter(plugins, languages, today=lambda: TODAY, applications=lambda: APPLICATIONS)
    router.warm(languages)
    return lambda sentence: router.understand(sentence.text, sentence.heard_as, sentence.purpose)


def _hassil_alone(plugins: Sequence[Plugin]) -> Route:
    """Its recognize_best on the same templates, as they stand in the plugins' files, and the same lists.

    It knows no durations, times and dates: it is given those that our finder sees in the sentence. The language is the
    recogniser's.
    """
    from hassil import recognize_best

    from ..types import Match, Understood

    compiled: dict[tuple[str, str], Intents] = {}

    def route(sentence: Sentence) -> Understood:
        key = (sentence.heard_as, sentence.purpose)
        if key not in compiled:
            compiled[key] = _compiled(plugins, *key)
        lists = _values(sentence.text, sentence.heard_as)
        best = recognize_best(sentence.text, compiled[key], slot_lists=lists, language=sentence.heard_as)
        if best is None:
            return Understood()
        plugin, _, intent = best.intent.name.partition(".")
        slots = {name: entity.value for name, entity in best.entities.items()}
        bare = {name: value.strip() if isinstance(value, str) else value for name, value in slots.items()}
        return Understood((Match(plugin, intent, bare, 1.0, key[0]),))

    for language in ("en", "de", "es", "fr", "zh"):
        compiled[language, "assist"] = _compiled(plugins, language, "assist")
    return route


def _compiled(plugins: Sequence[Plugin], language: str, purpose: str) -> Intents:
    from hassil import IntentData, Intents, IntentsSettings, TextSlotList, WildcardSlotList, parse_sentence
    from hassil.intents import Intent

    intents: dict[str, Intent] = {}
    for plugin in plugins:
        grammar = plugin.grammars.get(language)
        for name, templates in grammar.sentences.items() if grammar else ():
            if purpose not in plugin.intents[name].purposes or grammar is None:
                continue
            data = IntentData(
                sentence_texts=list(templates),
                slot_lists={key: TextSlotList.from_tuples(pairs, name=key) for key, pairs in grammar.lists.items()},
                expansion_rules={key: parse_sentence(rule) for key, rule in grammar.rules.items()},
                wildcard_list_names={"text", "verbatim"},
            )
            intents[f"{plugin.name}.{name}"] = Intent(f"{plugin.name}.{name}", [data])
            data.sentences  # noqa: B018  parsed here, not with the first sentence
    lists: dict[str, Any] = {name: WildcardSlotList(name=name) for name in ("text", "verbatim")}
    lists["application"] = TextSlotList.from_tuples(APPLICATIONS.items(), allow_template=False, name="application")
    settings = IntentsSettings(ignore_whitespace=language == "zh")
    return Intents(language=language, intents=intents, slot_lists=lists, settings=settings)


def _values(text: str, language: str) -> dict[str, Any]:
    from hassil import TextSlotList

    from ..understanding import values

    said: dict[str, dict[tuple[str, Any], None]] = {
        kind: {} for kind in ("number", "percent", "duration", "time", "date")
    }
    for value in values.named(text, language, TODAY):
        said[value.kind][text[value.start : value.end], value.value] = None
    return {kind: TextSlotList.from_tuples(pairs, allow_template=False, name=kind) for kind, pairs in said.items()}


# What came of it


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Shares in percent, by kind, and by language within it; computing in milliseconds.

    none: all that is no request, whatever its kind; heard: the spoken requests, by how much of them was understood
    """
    times = sorted(result.seconds for result in results)
    return {
        "kinds": {kind: _shares(results, kind) for kind in dict.fromkeys(r.sentence.kind for r in results)},
        "none": _counted([result for result in results if not result.sentence.intent]),
        "heard": {name: _counted([r for r in results if how_heard(r.sentence) == name]) for name in HEARD},
        "median_ms": round(1000 * times[len(times) // 2], 2) if times else None,
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 2) if times else None,
    }


def _shares(results: Sequence[Result], kind: str) -> dict[str, Any]:
    here = [result for result in results if result.sentence.kind == kind]
    languages = dict.fromkeys(result.sentence.language for result in here)
    by_language = {code: _counted([r for r in here if r.sentence.language == code]) for code in languages}
    return {**_counted(here), "languages": by_language}


def how_heard(sentence: Sentence) -> str:
    """Of what was spoken: exactly, or so that some of its words are wrong, or most of them; "" for what was written."""
    from rapidfuzz.distance import Levenshtein

    from .accuracy import words

    if not sentence.voice or not sentence.intent:
        return ""
    said, heard = (words(text, sentence.language) for text in (sentence.said, sentence.text))
    wrong = Levenshtein.distance(said, heard) / max(1, len(said))
    return HEARD[0] if not wrong else HEARD[1] if wrong <= SLIGHTLY else HEARD[2]


def _counted(results: Sequence[Result]) -> dict[str, Any]:
    count = Counter(result.outcome for result in results)
    return {
        "sentences": len(results),
        **{outcome: _percent(count[outcome], results) for outcome in OUTCOMES},
        "right_when_asked": _percent(sum(r.first for r in results if r.outcome == "right"), results),
    }


def _percent(count: int, results: Sequence[Result]) -> float:
    return round(100 * count / max(1, len(results)), 2)


def failure(result: Result) -> dict[str, Any]:
    sentence, found = result.sentence, result.found
    return {
        "language": sentence.language,
        "kind": sentence.kind,
        "half": sentence.half,
        "text": sentence.text,
        **({"said": sentence.said, "voice": sentence.voice} if sentence.voice else {}),
        "expected": f"{sentence.intent} {dict(next(iter(sentence.slots), {}))}" if sentence.intent else "nothing",
        "got": " and ".join(map(_told, found.requests)) or " or ".join(map(_told, found.choices)) or "nothing",
        "outcome": result.outcome,
    }


def _told(match: Match) -> str:
    return f"{match.plugin}.{match.intent} {dict(match.slots)}"


def _show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{result['sentences']} sentences ({result['half']})")
    for head in ("kind", "language", "sentences", *OUTCOMES, *(f"hassil: {outcome}" for outcome in OUTCOMES)):
        table.add_column(head, justify="left" if head in ("kind", "language") else "right")
    for kind, ours in result["aihear"]["kinds"].items():
        alone = result["hassil"]["kinds"][kind]
        _row(table, kind, "", ours, alone)
        for code in ours["languages"]:
            _row(table, "", code, ours["languages"][code], alone["languages"][code])
    for name in HEARD:
        _row(table, name, "", result["aihear"]["heard"][name], result["hassil"]["heard"][name])
    _row(table, "no request", "", result["aihear"]["none"], result["hassil"]["none"])
    console = Console(stderr=True, width=130)
    console.print(table)
    for name in ("aihear", "hassil"):
        console.print(f"{name}: {result[name]['median_ms']} ms median, {result[name]['p99_ms']} ms 99th percentile")
    for one in result.get("failures", ()):
        said = f" (said: {one['said']})" if "said" in one else ""
        console.print(
            f"{one['kind']} {one['language']}: {one['text']!r}{said}: {one['expected']} → {one['got']}", markup=False
        )


def _row(table: Any, kind: str, language: str, ours: Mapping[str, Any], alone: Mapping[str, Any]) -> None:
    shares = [f"{part[outcome]:.1f}" for part in (ours, alone) for outcome in OUTCOMES]
    table.add_row(kind.replace("_", " "), language, str(ours["sentences"]), *shares)
