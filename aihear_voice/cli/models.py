"""aihear models: list | pull NAME | verify [NAME] | import FILE | remove NAME."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import settings
from ..errors import EXIT_DONE, ModelError

if TYPE_CHECKING:
    from ..recognition.download import Progress
    from ..recognition.store import Entry, ModelStore


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is on this computer, and what can be pulled")
    listing.add_argument(
        "--json", action="store_true", help="print [{name, origin, size_mb, path, sha256, in_use, engine}]"
    )
    pull = actions.add_parser("pull", help="download an official Whisper model; goes on where it was cut")
    pull.add_argument("name", help="e.g. base, small, turbo")
    verify = actions.add_parser("verify", help="check the files against their checksums")
    verify.add_argument("name", nargs="?", default="", help="all of them unless named")
    bring = actions.add_parser("import", help="copy a checkpoint in openai-whisper's format into the store")
    bring.add_argument("file", type=Path)
    bring.add_argument("--name", default="", help="what to call it; the file's name unless said")
    remove = actions.add_parser("remove", help="delete a model")
    remove.add_argument("name")


def run(arguments: argparse.Namespace) -> int:
    from ..recognition.store import ModelStore

    actions = {"list": _list, "pull": _pull, "verify": _verify, "import": _import, "remove": _remove}
    return actions[arguments.action](arguments, ModelStore())


def _list(arguments: argparse.Namespace, store: ModelStore) -> int:
    from ..recognition import conversion

    chosen, problem = _chosen(arguments, store)
    engine = conversion.engine(settings.load(arguments.set).recognition.engine)
    entries = store.entries()
    if arguments.json:
        print(json.dumps([_row(entry, chosen, engine) for entry in entries], ensure_ascii=False, indent=1))
        return EXIT_DONE
    ready = conversion.prepared()
    for entry in entries:
        mark = "*" if entry.path is not None and entry.path == chosen else " "
        note = ", prepared for the fast engine" if entry.path is not None and entry.sha256 in ready else ""
        print(f"{mark} {entry.name:<16} {entry.size_mb:>5} MB  {entry.origin}{note}")
    print(f"\n* transcribes now (recognition.model), with the engine {engine!r}. The store: {store.root}")
    if problem is not None:
        raise problem
    return EXIT_DONE


def _chosen(arguments: argparse.Namespace, store: ModelStore) -> tuple[Path | None, ModelError | None]:
    recognition = settings.load(arguments.set).recognition
    try:
        return store.resolve(recognition.model, recognition.languages, recognition.device).path, None
    except ModelError as error:
        return None, error


def _row(entry: Entry, chosen: Path | None, engine: str) -> dict[str, Any]:
    in_use = entry.path is not None and entry.path == chosen
    return {
        "name": entry.name,
        "origin": entry.origin,
        "size_mb": entry.size_mb,
        "path": None if entry.path is None else str(entry.path),
        "sha256": entry.sha256,
        "in_use": in_use,
        "engine": engine if in_use else "",
    }


def _pull(arguments: argparse.Namespace, store: ModelStore) -> int:
    with _bar(arguments.name) as progress:
        checkpoint = store.pull(arguments.name, progress)
    print(f"{checkpoint.name}: {checkpoint.path} (SHA-256 verified)")
    return EXIT_DONE


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """On a terminal only; standard error, so that output can be piped."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _verify(arguments: argparse.Namespace, store: ModelStore) -> int:
    here = [entry.name for entry in store.entries() if entry.path is not None]
    damaged = []
    for name in [arguments.name] if arguments.name else here:
        verdict = store.verify(name)
        print(f"{name:<16} {verdict}")
        if verdict == "damaged":
            damaged.append(name)
    if damaged:
        raise ModelError(f"damaged: {', '.join(damaged)}", "model_broken", "`aihear models pull NAME` fetches it again")
    return EXIT_DONE


def _import(arguments: argparse.Namespace, store: ModelStore) -> int:
    from ..workers import Worker

    source = arguments.file.expanduser()
    if not source.is_file():
        raise ModelError(f"there is no file {source}", "no_model", "name a .pt file in openai-whisper's format")
    # In a process of its own: a hostile or broken file can exhaust memory there, and torch stays out of here.
    worker = Worker("inspection", "aihear_voice.recognition.checkpoints:Inspector", {}, timeout=300)
    try:
        shape = worker.call("inspect", str(source.resolve()))
    finally:
        worker.kill()
    checkpoint = store.add(source, arguments.name)
    kind = "multilingual" if shape["multilingual"] else "English only"
    print(f"{checkpoint.name}: {shape['parameters'] / 1e6:.1f} million parameters, {kind}; {checkpoint.path}")
    return EXIT_DONE


def _remove(arguments: argparse.Namespace, store: ModelStore) -> int:
    print(f"removed {store.remove(arguments.name)}")
    return EXIT_DONE
