"""Programs on a Screen that a person would dictate into. What stands in each is read back from the program itself.

TkField     a text field of Tk, which writes its content to a file
Xterm       a terminal; every byte that its program gets goes to a file
Mousepad    a GTK editor; it saves
FeatherPad  a Qt editor; it saves
Chromium    a text area in a web page, which tells what is in it
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from .page import Page
from .rigs import HERE, Screen, end, need, python_with_tk, wait_until

_OPENS_S = 60.0  # Chromium on a busy computer
_ARRIVES_S = 30.0  # five thousand keys in a slow toolkit


class Application:
    """A window, opened and focused. name: as the report calls it."""

    name = ""
    binaries: tuple[str, ...] = ()

    def __init__(self, screen: Screen, folder: Path) -> None:
        """folder: an empty one of its own."""
        need(*self.binaries)
        self.screen, self.folder = screen, folder
        self._process = self._start()
        wait_until(self._ready, f"{self.name} opens", _OPENS_S)
        self.focus()

    def _start(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _ready(self) -> bool:
        return bool(self._window())

    def _window(self) -> str:
        raise NotImplementedError

    def text(self) -> str:
        """As the program has it now, since the last `clear`."""
        raise NotImplementedError

    def clear(self) -> None:
        """Nothing stands in it afterwards."""
        raise NotImplementedError

    def wait_text(self, expected: str, timeout: float = _ARRIVES_S) -> str:
        """The text as soon as it is `expected`; else what there is after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (text := self.text()) != expected and time.monotonic() < deadline:
            time.sleep(0.03)
        return text

    def focus(self) -> None:
        window = self._window()
        self.screen.xdotool("windowactivate", "--sync", window)
        self.screen.xdotool("windowfocus", "--sync", window)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        end(self._process)
        wait_until(lambda: not self._window(), f"{self.name} is gone")

    @contextlib.contextmanager
    def asleep(self) -> Iterator[None]:
        """It hangs."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def _spawn(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        return subprocess.Popen(
            command, env={**os.environ, **self.screen.env, "LC_ALL": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


class TkField(Application):
    name = "Tk"

    def _start(self) -> subprocess.Popen[bytes]:
        return self._spawn(python_with_tk(), str(HERE / "text_window.py"), str(self.folder / "text"), "tk field")

    def _window(self) -> str:
        return self.screen.find("tk field")

    def text(self) -> str:
        path = self.folder / "text"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def clear(self) -> None:
        (self.folder / "text.clear").touch()
        assert self.wait_text("") == ""


class Xterm(Application):
    name = "xterm"
    binaries = ("xterm",)

    def _start(self) -> subprocess.Popen[bytes]:
        self._seen = 0
        shell = f"stty -echo -icanon; cat > '{self.folder / 'text'}'"
        return self._spawn("xterm", "-T", "terminal", "-u8", "-e", "bash", "-c", shell)

    def _ready(self) -> bool:
        return bool(self._window()) and (self.folder / "text").exists()

    def _window(self) -> str:
        return self.screen.find("terminal")

    def text(self) -> str:
        return (self.folder / "text").read_bytes()[self._seen :].decode("utf-8", "replace")

    def clear(self) -> None:
        self._seen += len((self.folder / "text").read_bytes()[self._seen :])


class _Editor(Application):
    """Its text is what it saves."""

    def _start(self) -> subprocess.Popen[bytes]:
        self._path = self.folder / "note.txt"
        self._path.write_text("")
        return self._open()

    def _open(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def focus(self) -> None:
        super().focus()
        time.sleep(0.5)  # toolkits place their cursors after the window is up; nothing tells when

    def text(self) -> str:
        self.screen.xdotool("key", "ctrl+s")
        time.sleep(0.3)
        return self._path.read_text(encoding="utf-8")

    def clear(self) -> None:
        self.screen.xdotool("key", "ctrl+a", "key", "Delete")
        assert self.wait_text("") == ""


class Mousepad(_Editor):
    """bus: it starts a D-Bus session of its own; else it is on the one of the environment."""

    name = "mousepad (GTK)"
    binaries = ("mousepad", "dbus-run-session")
    bus = True

    def _open(self) -> subprocess.Popen[bytes]:
        own_bus = ["dbus-run-session"] if self.bus else []
        return self._spawn(*own_bus, "mousepad", "--disable-server", str(self._path))

    def _window(self) -> str:
        return self.screen.find(".*Mousepad")


class MousepadOnBus(Mousepad):
    bus = False


class FeatherPad(_Editor):
    name = "FeatherPad (Qt)"
    binaries = ("featherpad",)

    def _open(self) -> subprocess.Popen[bytes]:
        settings = self.folder / "config" / "featherpad" / "fp.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text("[text]\nappendEmptyLine=false\n")  # else it adds a line end to what it saves
        return self._spawn("featherpad", "--standalone", str(self._path), XDG_CONFIG_HOME=str(self.folder / "config"))

    def _window(self) -> str:
        return self.screen.find(f".*{self._path}.*")


class Chromium(Application):
    name = "Chromium"
    binaries = ("chromium",)

    def _start(self) -> subprocess.Popen[bytes]:
        self._page = Page("a field in a page")
        return self._spawn(
            "chromium", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
            "--password-store=basic", "--disable-background-networking", "--disable-component-update",
            f"--user-data-dir={self.folder / 'profile'}", f"--app={self._page.url}",
        )  # fmt: skip

    def _window(self) -> str:
        return self.screen.find("a field in a page")

    def focus(self) -> None:
        super().focus()
        wait_until(lambda: self._page.focused, "the field has its focus", _OPENS_S)

    def text(self) -> str:
        return self._page.text

    def clear(self) -> None:
        self._page.clear()
        assert self.wait_text("") == ""

    def close(self) -> None:
        super().close()
        self._page.close()


ALL: tuple[type[Application], ...] = (Xterm, TkField, Mousepad, FeatherPad, Chromium)
