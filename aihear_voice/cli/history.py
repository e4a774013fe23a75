"""aihear history: list | show | retry | copy | delete | actions."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import settings
from ..errors import EXIT_DONE, EXIT_FAULT, AihearError, SettingsError

if TYPE_CHECKING:
    from ..audio.save import Spool
    from ..transcripts.history import Action, Entry, History

_LIST = 20
_WIDTH = 72  # characters of a text in a list
_EPILOG = (
    "The history is a file of yours, which nobody else can read. [history] in the settings says how long it is kept."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what was said, the newest last")
    listing.add_argument("words", nargs="*", metavar="WORD", help="only what holds these words, or beginnings of words")
    listing.add_argument("--search", default="", metavar="TEXT", help="the same")
    listing.add_argument("--waiting", action="store_true", help="only what was not delivered")
    _add_limit(listing)
    _add_json(listing)
    show = actions.add_parser("show", help="one entry, whole")
    _add_number(show)
    _add_json(show)
    retry = actions.add_parser("retry", help="deliver what was not delivered; typed into the focused window")
    retry.add_argument("numbers", nargs="*", type=int, metavar="ID", help="these; else all that wait, in order")
    where = retry.add_mutually_exclusive_group()
    where.add_argument("--type", action="store_true", help="in a terminal: into the window that you click on now")
    where.add_argument("--copy", action="store_true", help="onto the clipboard; what happens in a terminal unless told")
    retry.add_argument("--model", metavar="NAME|PATH", help="transcribe with this model; not by a running assistant")
    _add_json(retry)
    copy = actions.add_parser("copy", help="put a text onto the clipboard")
    _add_number(copy)
    delete = actions.add_parser("delete", help="delete entries and their sound")
    delete.add_argument("numbers", nargs="*", type=int, metavar="ID")
    delete.add_argument("--all", action="store_true", help="everything")
    doings = actions.add_parser("actions", help="what plugins did, the newest last")
    doings.add_argument("number", nargs="?", type=int, metavar="ID", help="only because of this entry")
    _add_limit(doings)
    _add_json(doings)


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=int, metavar="ID", help="the newest unless said")


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=_LIST, metavar="N", help=f"{_LIST} unless said; 0 is all")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    from ..keeping import open_history, open_spool, recover

    settings.load(arguments.set)  # a mistake in them is told here, too
    history, spool = open_history(), open_spool()
    recover(spool, history)
    command: Callable[[argparse.Namespace, History, Spool], int] = {
        "list": _list, "show": _show, "retry": _retry, "copy": _copy, "delete": _delete, "actions": _actions,
    }[arguments.action]  # fmt: skip
    return command(arguments, history, spool)


# Reading ----------------------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    search = " ".join([*arguments.words, arguments.search])
    entries = history.entries(search, arguments.waiting, arguments.limit or -1)[::-1]
    if arguments.json:
        print(_json([_row(entry, spool) for entry in entries]))
    elif entries:
        print("\n".join(map(_line, entries)))
    else:
        print("nothing is there" if not search.strip() else f"nothing holds: {search.strip()}", file=sys.stderr)
    return EXIT_DONE


def _line(entry: Entry) -> str:
    text = entry.words or f"({entry.seconds:.1f} s of sound)"
    text = " ".join(text.split())
    text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    state = "" if entry.outcome == "delivered" else f"  [{entry.outcome}{f': {entry.reason}' if entry.reason else ''}]"
    return f"{entry.id:>6}  {_when(entry.at):%b %d %H:%M}  {text}{state}"


def _show(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    entry = _entry(history, arguments.number)
    row = _row(entry, spool)
    if arguments.json:
        print(_json(row | {"actions": [_deed(action) for action in history.actions(entry.id)[::-1]]}))
        return EXIT_DONE
    print("\n".join(f"{name:>12}  {value}" for name, value in row.items() if value not in ("", None, False)))
    return EXIT_DONE


def _actions(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    actions = history.actions(arguments.number, arguments.limit or -1)[::-1]
    if arguments.json:
        print(_json([_deed(action) for action in actions]))
        return EXIT_DONE
    for action in actions:
        who = f"{action.plugin}.{action.intent}" if action.plugin else ""
        back = f"  [{_way_back(action)}]" if _way_back(action) else ""
        at = f"{_when(action.at):%b %d %H:%M:%S}"
        print(f"{action.utterance or '':>6}  {at}  {who:<24}  {action.did} {action.what!r}{back}")
    return EXIT_DONE


def _way_back(action: Action) -> str:
    if action.undone:
        return "undone"
    return "“undo that” takes it back" if _can_be_undone(action) else ""


def _can_be_undone(action: Action) -> bool:
    return action.undo_until is not None and not action.undone and time.time() < action.undo_until


def _entry(history: History, number: int | None) -> Entry:
    """Raises AihearError where there is none."""
    entry = next(iter(history.entries(limit=1)), None) if number is None else history.entry(number)
    if entry is None:
        missing = "the history is empty" if number is None else f"there is no entry {number} in the history"
        raise AihearError(missing, "no_entry", "aihear history list")
    return entry


def _row(entry: Entry, spool: Spool) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": round(entry.at, 3),
        "when": _when(entry.at).isoformat(timespec="seconds"),
        "purpose": entry.purpose,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "text": entry.words,
        "heard": entry.heard,
        "doubtful": bool(entry.doubtful),
        "language": entry.language,
        "application": entry.application,
        "target": entry.target,
        "method": entry.method,
        "seconds": round(entry.seconds, 2),
        "sound": str(spool.path(entry.sound)) if entry.sound else None,
        "part_of": entry.part_of,
    }


def _deed(action: Action) -> dict[str, Any]:
    return {
        "utterance": action.utterance,
        "at": round(action.at, 3),
        "when": _when(action.at).isoformat(timespec="seconds"),
        "plugin": action.plugin,
        "intent": action.intent,
        "did": action.did,
        "what": action.what,
        "can_be_undone": _can_be_undone(action),
        "undone": action.undone,
    }


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


# Doing ------------------------------------------------------------------------------------------------------


def _copy(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    from ..acting import clipboard

    entry = _entry(history, arguments.number)
    if not entry.words:
        raise AihearError(f"entry {entry.id} has no text yet", "no_text", f"aihear history retry {entry.id}")
    clipboard.put(entry.words)
    if entry.outcome != "delivered" and not entry.doubtful:
        history.end(entry.id, "delivered")
    print(f"on the clipboard: {entry.words}")
    return EXIT_DONE


def _delete(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    from ..keeping import forget

    if bool(arguments.numbers) == arguments.all:
        raise SettingsError("name the entries to delete, or --all", "bad_usage", "aihear history list")
    entries = history.entries() if arguments.all else [_entry(history, number) for number in arguments.numbers]
    forget(spool, history, entries)
    if arguments.all:
        history.delete_actions()
        spool.remove([sound.name for sound in spool.sounds() if sound.name not in history.sounds()])
    print(f"deleted: {len(entries)}")
    return EXIT_DONE


def _retry(arguments: argparse.Namespace, history: History, spool: Spool) -> int:
    from .redelivery import Redelivery

    entries = [_entry(history, number) for number in arguments.numbers] or history.entries(waiting=True)[::-1]
    in_terminal = sys.stdin.isatty()
    redelivery = Redelivery(arguments, history, to_clipboard=arguments.copy or (in_terminal and not arguments.type))
    if arguments.type and in_terminal and entries:
        _count_down()
    try:
        done = [redelivery.deliver(entry) for entry in entries]
    finally:
        redelivery.close()
    _tell(done, arguments, spool)
    return EXIT_DONE if all(entry.outcome == "delivered" for entry in done) else EXIT_FAULT


def _tell(done: Sequence[Entry], arguments: argparse.Namespace, spool: Spool) -> None:
    if arguments.json:
        print(_json([_row(entry, spool) for entry in done]))
        return
    for entry in done:
        where = f" ({entry.method}{f', into {entry.target}' if entry.target else ''})" if entry.method else ""
        print(f"{_line(entry)}{where}")
    if not done:
        print("nothing waits: all was delivered")


def _count_down() -> None:
    for left in (3, 2, 1):
        print(f"\rclick into the window: {left} s ", end="", file=sys.stderr, flush=True)
        time.sleep(1)
    print(file=sys.stderr)
