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

from ...errors import DeviceError
from ..clipboard_content import Content, taken
from .clipboard import CLIPBOARD, PRIMARY, Clipboard

_PATIENCE_S = 3.0
_POLL_S = 0.01
_TEXT = "text/plain;charset=utf-8"
_OPTIONS = {CLIPBOARD: (), PRIMARY: ("--primary",)}
_READ = re.compile(rb"(data|primary)\w*_source\w*[@#]\d+\.send\(")  # a line of libwayland's log


class _Lent:
    """A wl-copy that offers a text. reads: how often somebody has read it"""

    def __init__(self, text: str, selection: str) -> None:
        self.text = text.encode()
        self.reads = 0
        command = ["wl-copy", "--foreground", "--type", _TEXT, *_OPTIONS[selection]]
        self._process = subprocess.Popen(
            command, env={**os.environ, "WAYLAND_DEBUG": "client"}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin:
            self._process.stdin.write(self.text)
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


class WlClipboard(Clipboard):
    """What the person had is kept as text, or as its first other format."""

    name = "wl-clipboard"
    managers_first_s, managers_s, managers_most_s = 0.4, 0.1, 0.6

    def __init__(self) -> None:
        """Raises DeviceError where it is not installed."""
        if not (shutil.which("wl-copy") and shutil.which("wl-paste")):
            raise DeviceError("wl-clipboard is not installed", "no_clipboard", "apt-get install wl-clipboard")
        super().__init__()
        self._lent: dict[str, _Lent] = {}  # by selection
        self._reads_before = 0

    def lend(self, text: str, selections: Sequence[str]) -> None:
        self._stop_timer()
        for name in selections:
            if name not in self._kept or self._is_lost(name):
                self._kept[name] = _pasted(name)
        self._end()
        self._lent = {name: _Lent(text, name) for name in selections}
        self._let_managers_read()

    def watch(self) -> None:
        if CLIPBOARD not in self._lent or self._is_lost(CLIPBOARD):
            raise taken()
        self._reads_before = self._reads()

    def received(self, timeout: float) -> bool:
        return self._wait_for_reads(self._reads_before + 1, timeout)

    def _reads(self) -> int:
        return sum(lent.reads for lent in self._lent.values())

    def _wait_for_reads(self, count: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self._reads() < count and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return self._reads() >= count

    def give_back(self, after_s: float) -> None:
        """So many seconds from now."""
        self._start_timer(after_s, self._restore)

    def leave(self) -> None:
        """It is offered by a process that outlives us."""
        super().leave()
        for name, lent in self._lent.items():
            if lent.there:
                _copy(name, _TEXT, lent.text)
        self._end()

    def _put(self, text: str) -> None:
        _copy(CLIPBOARD, _TEXT, text.encode())

    def close(self) -> None:
        """Restore now. wl-copy leaves a process of its own that owns it."""
        self._stop_timer()
        self._restore()

    def _restore(self) -> None:
        kept, self._kept = self._kept, {}
        for name, content in kept.items():
            if self._is_lost(name):
                continue
            if content is None:
                _run(["wl-copy", "--clear", *_OPTIONS[name]])
            for kind, data in (content or {}).items():
                _copy(name, kind, data)
        self._end()

    def _is_lost(self, selection: str) -> bool:
        """The person copied something where we had lent a text: that is theirs to keep."""
        lent = self._lent.get(selection)
        return lent is not None and not lent.there

    def _end(self) -> None:
        lent, self._lent = self._lent, {}
        for each in lent.values():
            each.end()


def _pasted(selection: str) -> Content | None:
    """None where there is nothing."""
    kinds = _run(["wl-paste", "--list-types", *_OPTIONS[selection]]).decode("utf-8", "replace").split("\n")
    offered = [kind for kind in kinds if kind]
    if not offered:
        return None
    kind = next((kind for kind in offered if kind.startswith("text/plain")), offered[0])
    data = _run(["wl-paste", "--no-newline", "--type", kind, *_OPTIONS[selection]])
    return {_TEXT if kind.startswith("text/plain") else kind: data}


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
