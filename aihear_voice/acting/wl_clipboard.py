"""The clipboard through wl-clipboard's tools, for compositors without data control, such as GNOME's.

wl-copy does not say when somebody reads what it offers; libwayland does, asked for its log: that is the receipt.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceError
from .clipboard_content import taken
from .wayland_clipboard import CLIPBOARD, PRIMARY

_PATIENCE_S = 3.0
_MANAGERS_FIRST_S = 0.4  # clipboard managers read at once what is copied: so long we look for some the first time
_MANAGERS_S = 0.1
_MANAGERS_MOST_S = 0.6  # one that is known to be there may take so long
_POLL_S = 0.01
_TEXT = "text/plain;charset=utf-8"
_OPTIONS = {CLIPBOARD: (), PRIMARY: ("--primary",)}
_READ = re.compile(rb"(data|primary)\w*_source\w*[@#]\d+\.send\(")  # a line of libwayland's log


@dataclass(frozen=True, slots=True)
class _Kept:
    kind: str
    data: bytes


class _Lent:
    """A wl-copy that offers a text. reads: how often somebody has read it"""

    def __init__(self, text: str, selection: str) -> None:
        self.reads = 0
        command = ["wl-copy", "--foreground", "--type", _TEXT, *_OPTIONS[selection]]
        self._process = subprocess.Popen(
            command, env={**os.environ, "WAYLAND_DEBUG": "client"}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin:
            self._process.stdin.write(text.encode())
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def there(self) -> bool:
        """It ends where something else is copied."""
        return self._process.poll() is None

    def end(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_S)

    def _count(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr:
            for line in self._process.stderr:
                self.reads += bool(_READ.search(line))


class WlClipboard:
    """Called from one thread."""

    name = "wl-clipboard"

    def __init__(self) -> None:
        """Raises DeviceError where it is not installed."""
        if not (shutil.which("wl-copy") and shutil.which("wl-paste")):
            raise DeviceError("wl-clipboard is not installed", "no_clipboard", "apt-get install wl-clipboard")
        self._kept: dict[str, _Kept | None] = {}
        self._lent: list[_Lent] = []
        self._managers: int | None = None  # how often clipboard managers read each new content
        self._reads_before = 0
        self._timer: threading.Timer | None = None

    def lend(self, text: str, selections: Sequence[str]) -> None:
        """Put a text there for a while; what the person had is kept, as text or as its first other format."""
        self._stop_timer()
        for name in selections:
            if name not in self._kept:
                self._kept[name] = _pasted(name)
        self._end()
        self._lent = [_Lent(text, name) for name in selections]
        if self._managers:
            self._wait_for_reads(self._managers, _MANAGERS_MOST_S)
        else:
            time.sleep(_MANAGERS_FIRST_S if self._managers is None else _MANAGERS_S)
        self._managers = self._reads()

    def watch(self) -> None:
        """From now on, a read is the receipt. Raises DeviceError where the text is not there any more."""
        if not self._lent or not self._lent[0].there:
            raise taken()
        self._reads_before = self._reads()

    def received(self, timeout: float) -> bool:
        """Whether somebody has read it since."""
        return self._wait_for_reads(self._reads_before + 1, timeout)

    def _reads(self) -> int:
        return sum(lent.reads for lent in self._lent)

    def _wait_for_reads(self, count: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self._reads() < count and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return self._reads() >= count

    def give_back(self, after_s: float) -> None:
        """Restore the person's content, so many seconds from now."""
        self._timer = threading.Timer(after_s, self._restore)
        self._timer.daemon = True
        self._timer.start()

    def settle(self) -> None:
        """Restore now what is due."""
        if self._timer is not None:
            self._stop_timer()
            self._restore()

    def leave(self) -> None:
        """Let the lent text stay on the clipboard."""
        self._kept.clear()

    def keep(self, text: str) -> None:
        """On the clipboard, for the person to paste."""
        self._stop_timer()
        self._kept.clear()
        _copy(CLIPBOARD, _TEXT, text.encode())
        self._end()

    def close(self) -> None:
        """Restore now. wl-copy leaves a process of its own that owns it."""
        self._stop_timer()
        self._restore()

    def _restore(self) -> None:
        kept, self._kept = self._kept, {}
        for name, content in kept.items():
            if content is None:
                _run(["wl-copy", "--clear", *_OPTIONS[name]])
            else:
                _copy(name, content.kind, content.data)
        self._end()

    def _end(self) -> None:
        lent, self._lent = self._lent, []
        for each in lent:
            each.end()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join(_PATIENCE_S)


def _pasted(selection: str) -> _Kept | None:
    """None where there is nothing."""
    kinds = _run(["wl-paste", "--list-types", *_OPTIONS[selection]]).decode("utf-8", "replace").split("\n")
    offered = [kind for kind in kinds if kind]
    if not offered:
        return None
    kind = next((kind for kind in offered if kind.startswith("text/plain")), offered[0])
    data = _run(["wl-paste", "--no-newline", "--type", kind, *_OPTIONS[selection]])
    return _Kept(_TEXT if kind.startswith("text/plain") else kind, data)


def _copy(selection: str, kind: str, data: bytes) -> None:
    _run(["wl-copy", "--type", kind, *_OPTIONS[selection]], data)


def _run(command: Sequence[str], given: bytes = b"") -> bytes:
    """What it printed; b"" where it failed."""
    try:
        # wl-copy leaves a process behind that would keep a pipe of ours open: only wl-paste's output is read.
        output = subprocess.PIPE if command[0] == "wl-paste" else subprocess.DEVNULL
        done = subprocess.run(
            command, input=given, stdout=output, stderr=subprocess.DEVNULL, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout or b"" if done.returncode == 0 else b""
