"""The person's folder of lists and notes. Whatever a list is called, its file lies in this folder and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from aihear_voice.plugin import Context, PluginError

FOLDER = "Voice notes"
SUFFIX = ".md"
_NAME_MOST = 60  # characters; a file's name may have 255 bytes
_KEPT = "files"  # in a dry run's store: what was written, by file name


class Folder:
    """What is in it. A dry run keeps what it writes to itself."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        said = str(ctx.settings["folder"])
        self.path = Path(said).expanduser() if said else platformdirs.user_documents_path() / FOLDER

    def names(self) -> list[str]:
        """Of the Markdown files, without their suffix, in alphabetical order."""
        found = {path.name for path in self._files()}
        for name, text in self._written().items():
            (found.discard if text is None else found.add)(name)
        return sorted((name.removesuffix(SUFFIX) for name in found), key=str.casefold)

    def _files(self) -> Iterator[Path]:
        try:
            for path in self.path.iterdir():
                if path.suffix == SUFFIX and not path.name.startswith(".") and path.is_file():
                    yield path
        except FileNotFoundError:
            return
        except OSError as error:
            raise PluginError(f"{self.path} cannot be read: {error}", "unreadable", "plugin.notes.folder") from error

    def read(self, name: str) -> str | None:
        written = self._written()
        return written[name + SUFFIX] if name + SUFFIX in written else self._ctx.read_file(self._file(name))

    def write(self, name: str, text: str | None) -> None:
        """None deletes it."""
        self._ctx.write_file(self._file(name), text)
        if self._ctx.dry_run:
            self._ctx.store.save({**self._ctx.store.load(), _KEPT: {**self._written(), name + SUFFIX: text}})

    def _file(self, name: str) -> Path:
        """Where a file of the person's is a link, what it points to is written, and the link stays."""
        if name != safe(name):
            raise PluginError(f"{name!r} is no name for a list", "bad_name", "call it something else")
        return self._ctx.path(f"{name}{SUFFIX}", self.path).resolve()

    def _written(self) -> dict[str, str | None]:
        written = self._ctx.store.load().get(_KEPT) if self._ctx.dry_run else None
        return dict(written) if isinstance(written, dict) else {}


def safe(name: str) -> str:
    """What is left of a spoken name as a file's: no separators, dots at its beginning, or signs that systems refuse."""
    plain = unicodedata.normalize("NFC", name)
    plain = re.sub(r'[/\\:*?"<>|\u2044\u2215\u29f5\ufe68\uff0f\uff3c]+', " ", plain)
    plain = "".join(character for character in plain if unicodedata.category(character)[0] not in "C")
    plain = " ".join(plain.split()).strip(". -")
    plain = plain[:_NAME_MOST].rstrip(". -")
    while len(plain.encode()) > 4 * _NAME_MOST - len(SUFFIX):
        plain = plain[:-1]
    return plain


def fold(text: str) -> str:
    """To compare: small letters without accents and marks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if unicodedata.category(c) != "Mn")
    return " ".join(letters.split())
