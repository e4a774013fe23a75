"""Starts the overlay, and tells it what happens."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from ..errors import DeviceError
from ..events import Event, to_json
from ..settings import OverlaySettings

_SCRIPT = Path(__file__).with_name("window.py")
_BACKLOG = 500  # events; an overlay that does not read them any more is not waited for
_PROBE_S = 20.0
_END_S = 1.0


class Overlay:
    """`hear` is for the event stream and returns at once. Whatever happens to the window, the program goes on."""

    def __init__(self, settings: OverlaySettings) -> None:
        self._settings = settings
        self._events: queue.Queue[Event | None] = queue.Queue(_BACKLOG)
        self._thread = threading.Thread(target=self._work, name="aihear-overlay", daemon=True)

    def start(self) -> None:
        """Raises DeviceError where there is nothing to show it on; where Tk is missing, there just is no window."""
        check_display()
        self._thread.start()

    def hear(self, event: Event) -> None:
        with contextlib.suppress(queue.Full):
            self._events.put_nowait(event)

    def stop(self) -> None:
        """Harmless where it was never started."""
        with contextlib.suppress(queue.Full):
            self._events.put_nowait(None)
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def _work(self) -> None:
        python = python_with_tk()
        if python is None:
            return
        process = self._spawn(python)
        assert process.stdin is not None
        try:
            while (event := self._events.get()) is not None:
                process.stdin.write(to_json(event).encode() + b"\n")
        except OSError:  # the window is gone, and stays so
            pass
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()  # it ends by itself
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, python: str) -> subprocess.Popen[bytes]:
        command = [python, "-I", str(_SCRIPT), self._settings.position, str(self._settings.scale)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0,
            start_new_session=True,
        )  # fmt: skip


def check_display() -> None:
    """Raises DeviceError."""
    if not sys.platform.startswith("linux"):
        raise DeviceError("the overlay is made for X11 and XWayland only", "no_overlay", "overlay.enabled = false")
    if not os.environ.get("DISPLAY"):
        raise DeviceError("there is no display for the overlay", "no_display", "start this in a graphical session")


@functools.cache
def python_with_tk() -> str | None:
    """Ours, or the system's, of which a package brings Tk."""
    for name in (sys.executable, "python3", "/usr/bin/python3"):
        python = shutil.which(name)
        probe = [python or "", "-I", "-c", "import tkinter"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if python and subprocess.run(probe, capture_output=True, timeout=_PROBE_S).returncode == 0:
                return python
    return None
