"""Small data that survives a restart: JSON in a file, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ..errors import PluginError

_NAME_MOST = 40  # characters of its name in that of the new file, which must not become too long


def write(path: Path, data: object) -> None:
    """As JSON. Raises PluginError."""
    try:
        text = json.dumps(data, ensure_ascii=False, indent=1)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{path} cannot be written: {error}", "unwritable", "is the disk full?") from error
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Replaces the file in one step, so that a loss of power leaves the old or the new; line ends stay as they are.

    Who may read it stays as it was, too: a new file is the person's alone. Raises PluginError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_NAME_MOST]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(path, name)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise PluginError(f"{path} cannot be written: {error}", "unwritable", "is the disk full?") from error


def read_text(path: Path) -> str | None:
    """What is in a file, line ends and all; None where there is none. Raises PluginError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PluginError(f"{path} cannot be read: {error}", "unreadable", "is it text in UTF-8?") from error


def read(path: Path, report: Callable[[str], None]) -> Any:
    """What is in the file; None where there is none. A corrupt one is moved to `….corrupt` and reported."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        set_aside(path, str(error), report)
        return None


def set_aside(path: Path, why: str, report: Callable[[str], None]) -> None:
    kept = path.with_name(f"{path.name}.corrupt")
    try:
        os.replace(path, kept)
        report(f"{path} was not readable ({why}); it is kept as {kept.name}")
    except OSError as error:
        report(f"{path} is not readable ({why}), and cannot be moved: {error}")


def silent(_: str) -> None:
    """A report that nobody reads."""


class JsonStore:
    """A ports.Store in a file. report: is told, in one line, of a file that could not be read."""

    def __init__(self, path: Path, report: Callable[[str], None] = silent) -> None:
        self._path = path
        self._report = report

    def load(self) -> dict[str, object]:
        data = read(self._path, self._report)
        if data is None:
            return {}
        if not isinstance(data, dict):
            set_aside(self._path, "no JSON object", self._report)
            return {}
        return data

    def save(self, data: Mapping[str, object]) -> None:
        write(self._path, dict(data))


class MemoryStore:
    """A ports.Store that leaves no trace, for dry runs: it starts with what is there, and keeps changes to itself."""

    def __init__(self, initial: Mapping[str, object] | None = None) -> None:
        self._data = deepcopy(dict(initial or {}))

    def load(self) -> dict[str, object]:
        return deepcopy(self._data)

    def save(self, data: Mapping[str, object]) -> None:
        self._data = deepcopy(dict(data))
