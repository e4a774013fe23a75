"""aihear settings: show | path | edit."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess

from .. import paths, settings
from ..errors import EXIT_DONE, SettingsError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "path", "edit"))
    parser.add_argument("--json", action="store_true", help="show: print [{key, value, origin}]")


def run(arguments: argparse.Namespace) -> int:
    return {"show": _show, "path": _path, "edit": _edit}[arguments.action](arguments)


def _show(arguments: argparse.Namespace) -> int:
    _, sources = settings.resolve(arguments.set)
    if arguments.json:
        rows = [{"key": s.key, "value": s.value, "origin": s.origin} for s in sources]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return EXIT_DONE
    width = max(len(source.key) for source in sources)
    for source in sources:
        value = json.dumps(source.value, ensure_ascii=False)
        print(f"{source.key:<{width}} = {value}   ({source.origin})")
    return EXIT_DONE


def _path(arguments: argparse.Namespace) -> int:
    print(paths.personal_settings())
    return EXIT_DONE


def _edit(arguments: argparse.Namespace) -> int:
    path = paths.personal_settings()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Your settings. All of them, with their defaults: {paths.default_settings()}\n")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
    except OSError as error:
        raise SettingsError(f"cannot start the editor {editor}", "no_editor", f"edit {path} yourself") from error
    settings.load(arguments.set)  # a mistake is told now, not at the next start
    return EXIT_DONE
