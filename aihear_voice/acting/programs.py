"""Starts programs: argument lists only, never a shell."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import DeviceError

_COMPLAINT_CHARACTERS = 200


class DesktopPrograms:
    """ports.Programs."""

    def run(self, argv: Sequence[str]) -> None:
        """Start it in a session of its own: it outlives us, and gets none of our files, signals or output."""
        try:
            process = subprocess.Popen(
                _resolved(argv), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, cwd=Path.home(),
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise _cannot_start(argv, error) from error
        # Somebody must take its exit status, or it stays in the process table.
        threading.Thread(target=process.wait, name=f"child-{process.pid}", daemon=True).start()

    def call(self, argv: Sequence[str], timeout: float = 5.0) -> str:
        """What it printed. Raises DeviceError where it is missing, fails or takes too long."""
        try:
            process = subprocess.Popen(
                _resolved(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True, text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise _cannot_start(argv, error) from error
        try:
            printed, complaint = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _kill(process)
            raise DeviceError(f"{argv[0]} took longer than {timeout:g} s", "program_stuck", "it was ended") from error
        if process.returncode:
            reason = " ".join(complaint.split())[:_COMPLAINT_CHARACTERS] or f"exit code {process.returncode}"
            raise DeviceError(f"{argv[0]}: {reason}", "program_failed", f"try it yourself: {' '.join(argv)}")
        return printed

    def find(self, name: str) -> list[str] | None:
        """The argument list of an installed application, by the name that menus show."""
        from .applications import find

        return find(name)

    def names(self) -> Mapping[str, str]:
        """Of the installed applications."""
        from .applications import names

        return names()


def _resolved(argv: Sequence[str]) -> list[str]:
    """With the program's full path. Raises DeviceError."""
    if not argv or not argv[0]:
        raise DeviceError("no program is named", "no_program", "give an argument list")
    path = shutil.which(argv[0])
    if path is None:
        raise DeviceError(f"{argv[0]} is not installed", "no_program", f"install {argv[0]}, or name another program")
    return [path, *argv[1:]]


def _cannot_start(argv: Sequence[str], error: Exception) -> DeviceError:
    return DeviceError(f"{argv[0]} cannot be started: {error}", "no_program", "try it in a terminal")


def _kill(process: subprocess.Popen[str]) -> None:
    """And what it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
