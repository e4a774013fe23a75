"""aihear ask "TEXT": route one written sentence, do what it says, and print the answer."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import paths, settings
from ..errors import EXIT_DONE, PluginError
from ..events import Event, Undoable
from ..types import Audio, Match, Reply, Transcript

if TYPE_CHECKING:
    from ..mind import Answers, Mind
    from ..settings import Settings

_EPILOG = "Timers and alarms that are set here ring where `aihear run` runs."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("text")
    parser.add_argument("--language", default="", metavar="CODE", help="of the sentence; else all are tried")
    parser.add_argument("--json", action="store_true", help="print {plugin, intent, slots, reply, confidence, …}")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do also what wants to be confirmed first")


def run(arguments: argparse.Namespace) -> int:
    from ..mind import build_mind

    loaded = settings.load(arguments.set)
    mind = build_mind(loaded, emit=_notes(loaded, arguments.dry_run), dry_run=arguments.dry_run, word_times=_no_sound)
    found = mind.router.understand(arguments.text, arguments.language, "assist")
    requests = found.requests or _chosen(mind, found.choices, arguments)
    replies = [_answer(mind, match, arguments) for match in requests] or [_helpless(mind, found.choices, arguments)]
    if arguments.json:
        print(_json(mind, requests, found.choices, replies))
    else:
        print("\n".join(reply.text for reply in replies))
    match, reply = requests[-1] if requests else None, replies[-1]
    while match and reply.then and reply.then.do == "listen" and _is_conversation(arguments):
        match = Match(match.plugin, reply.then.intent or match.intent, reply.then.slots, 1.0, match.language)
        reply = _perform(mind, match, _read("> "))
        print(reply.text)
    return EXIT_DONE


def _notes(loaded: Settings, dry_run: bool) -> Callable[[Event], None]:
    """What is done stands in the history, as if it had been said."""
    from ..transcripts.doings import Doings
    from ..transcripts.history import History, HistoryError

    doings: list[Doings] = []

    def note(event: Event) -> None:
        if dry_run or not loaded.history.enabled or isinstance(event, Undoable):  # nobody is there to take it back
            return
        try:
            doings.extend([Doings(History(paths.history()))] if not doings else [])
            doings[0].note(event)
        except HistoryError as error:  # it is done all the same
            print(f"aihear: {error.message}", file=sys.stderr)

    return note


def _chosen(mind: Mind, choices: Sequence[Match], arguments: argparse.Namespace) -> tuple[Match, ...]:
    """Which of them is meant, where somebody is there to be asked."""
    from ..mind import Answers

    if not choices or not _is_conversation(arguments):
        return ()
    said = _read(f"{Answers().which(choices)} ")
    picked = mind.router.picked(said, choices[0].language, [choice.meant for choice in choices])
    return () if picked is None else (replace(choices[picked], exact=True, confidence=1.0),)


def _helpless(mind: Mind, choices: Sequence[Match], arguments: argparse.Namespace) -> Reply:
    """It was not understood, or not surely."""
    from ..mind import Answers

    answers, language = Answers(), arguments.language or "en"
    if choices:
        return Reply(answers("cancelled", language) if _is_conversation(arguments) else answers.which(choices))
    near = mind.router.suggest(arguments.text, arguments.language)
    return Reply(answers("suggest", language, sentence=near[0]) if near else answers("no_match", language))


def _answer(mind: Mind, match: Match, arguments: argparse.Namespace) -> Reply:
    from ..mind import Answers

    refusal = _refusal(mind, match, arguments, Answers())
    return Reply(refusal) if refusal else _perform(mind, match, match.meant or arguments.text)


def _refusal(mind: Mind, match: Match, arguments: argparse.Namespace, answers: Answers) -> str:
    """Why it is not done; "" where it may be."""
    verdict = mind.verdict(match)
    if verdict == "deny":
        return str(answers("denied", match.language))
    if verdict == "allow" or arguments.yes or (arguments.dry_run and match.sure):
        return ""
    question = answers.shall_i(match, arguments.text)
    if not match.sure and not _is_conversation(arguments):
        return question
    if not _is_conversation(arguments):
        return f"{answers('cancelled', match.language)} {match.plugin}.{match.intent} asks first: give --yes."
    return "" if mind.router.affirmed(_read(f"{question} "), match.language) else answers("cancelled", match.language)


def _read(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:  # Ctrl-D says nothing
        return ""


def _is_conversation(arguments: argparse.Namespace) -> bool:
    return not arguments.json and sys.stdin.isatty() and sys.stdout.isatty()


def _perform(mind: Mind, match: Match, text: str) -> Reply:
    from ..plugin.call import perform

    return perform(mind.by_name[match.plugin], mind.services, match, text)


def _json(mind: Mind, requests: Sequence[Match], choices: Sequence[Match], replies: Sequence[Reply]) -> str:
    """The first request; all of them where there are more, or what they may be where that is to be asked.

    asks: where nothing is done before somebody says that it, or which of them, was meant
    """
    match = requests[0] if requests else None
    found = {
        **(_told(match) if match else {"plugin": None, "intent": None, "slots": {}}),
        "reply": " ".join(reply.text for reply in replies),
        "confidence": match.confidence if match else 0,
        **({"asks": True} if choices or any(mind.verdict(each) == "ask" for each in requests) else {}),
        **({"requests": [_told(each) for each in requests]} if len(requests) > 1 else {}),
        **({"choices": [_told(each) for each in choices]} if choices else {}),
    }
    return json.dumps(found, ensure_ascii=False)


def _told(match: Match) -> dict[str, Any]:
    return {"plugin": match.plugin, "intent": match.intent, "slots": dict(match.slots)}


def _no_sound(_: Audio) -> Transcript:
    raise PluginError("a written sentence has no sound", "no_audio", "say it to `aihear run`")
