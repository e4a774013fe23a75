"""The model store: what is on this computer, and which of it transcribes.

Checkpoints stand in `paths.models()` as NAME.pt. Official ones are checked against the SHA-256 that
openai-whisper states; an imported one against the sum taken when it came in (NAME.pt.sha256, as sha256sum
writes it). openai-whisper's own cache is used too. Nothing is ever downloaded but by `pull`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .. import paths
from ..errors import ModelError
from . import conversion
from .catalogue import Official, official
from .download import Progress, digest, fetch

STARTER = "starter"
STARTER_SHA256 = "fabbc96d3bb2faa861bcfd499199f722e8c1d9c5d166eb772de58e7bf60f749c"

Origin = Literal["built in", "downloaded", "cache", "imported", "partial", "available"]
Verdict = Literal["intact", "damaged", "unknown"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model file. sha256: what it should be, "" where nobody knows (a path); embedded: the starter."""

    name: str
    path: Path
    sha256: str = ""
    embedded: bool = False

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.name} (embedded; a demo, not a dictation model)" if self.embedded else self.name


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of `aihear models list`. path: None where it is not here; size_mb: megabytes on disk or to download."""

    name: str
    origin: Origin
    size_mb: int
    path: Path | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Computer:
    """What a model has to fit. memory_mb: all of it; cores: processors; accelerated: a GPU that models may use."""

    cores: int
    memory_mb: int
    accelerated: bool = False

    @classmethod
    def here(cls, device: str) -> Computer:
        """device: the setting. The driver's file is looked for because asking torch would import it."""
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20 if hasattr(os, "sysconf") else 8000
        gpu = device == "cuda" or (device == "auto" and Path("/proc/driver/nvidia/version").exists())
        return cls(os.cpu_count() or 1, memory, gpu)

    def suits(self, model: Official) -> bool:
        """Whether an answer to a short request may be expected within a few seconds."""
        if model.memory_mb > self.memory_mb * 0.6:
            return False
        if self.accelerated:
            return True
        # From openai-whisper's and faster-whisper's published times for 30 s windows on processors.
        heaviest = 145 if self.cores < 4 else 480 if self.cores < 16 else 1620
        return model.download_mb <= heaviest


class ModelStore:
    """root, cache, catalogue: this store's, openai-whisper's cache, and official(), unless said otherwise."""

    def __init__(
        self,
        root: Path | None = None,
        cache: Path | None = None,
        catalogue: Mapping[str, Official] | None = None,
    ) -> None:
        self.root = root or paths.models()
        self._cache = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"
        self._catalogue = catalogue

    @property
    def catalogue(self) -> Mapping[str, Official]:
        return official() if self._catalogue is None else self._catalogue

    def entries(self) -> list[Entry]:
        """What is here first, then what can be pulled."""
        starter = self.starter()
        size = starter.path.stat().st_size >> 20 if starter.path.is_file() else 0
        rows = [Entry(STARTER, "built in", size, starter.path, STARTER_SHA256)]
        rows += [self._official_entry(model) for model in self._distinct()]
        rows += self._imported()
        return sorted(rows, key=lambda row: row.origin in ("available", "partial"))

    def pull(self, name: str, progress: Progress) -> Checkpoint:
        """Download; nothing to do where it is here already. Raises ModelError."""
        model = self._official(name)
        here = self._find(model)
        if here is not None and self._intact(here, model.sha256):
            return Checkpoint(model.name, here, model.sha256)
        target = self.root / f"{model.name}.pt"
        fetch(model.url, target, model.sha256, progress)
        return Checkpoint(model.name, target, model.sha256)

    def verify(self, name: str) -> Verdict:
        """Whether the file has the checksum that it should have. Raises ModelError where it is not here."""
        found = self._named(name)
        if not found.sha256:
            return "unknown"  # put here by hand
        good = digest(found.path) == found.sha256
        self._remember(found.path, found.sha256 if good else "")
        return "intact" if good else "damaged"

    def add(self, source: Path, name: str = "") -> Checkpoint:
        """Copy a checkpoint in; the caller has looked at what is in it. Raises ModelError."""
        name = name or source.stem
        if name == STARTER or name in self.catalogue or not name.replace("-", "").replace("_", "").isalnum():
            raise ModelError(f"a model of your own cannot be called {name}", "bad_name", "choose one with --name NAME")
        target = self.root / f"{name}.pt"
        if target.exists():
            raise ModelError(f"there is a model {name} already", "exists", f"`aihear models remove {name}` first")
        before = digest(source)
        self._copy(source, target, before)
        return Checkpoint(name, target, before)

    def remove(self, name: str) -> Path:
        """Delete its file, or the part of it that has come. Raises ModelError."""
        if name == STARTER:
            raise ModelError("the starter belongs to the program", "built_in", "set recognition.model to another one")
        stem = self._canonical(name)
        files = [self.root / f"{stem}.pt{end}" for end in ("", ".part", ".sha256")]
        present = [file for file in files if file.exists()]
        if not present:
            raise self._missing(name)
        sha256 = self.catalogue[stem].sha256 if stem in self.catalogue else _recorded_sum(files[0])
        for file in present:
            file.unlink()
        if sha256:
            conversion.forget(sha256)
        self._remember(files[0], "")
        return present[0]

    def starter(self) -> Checkpoint:
        return Checkpoint(STARTER, paths.assets() / "starter.pt", STARTER_SHA256, embedded=True)

    def resolve(self, setting: str, languages: Sequence[str] = ("en",), device: str = "auto") -> Checkpoint:
        """The model that a setting means: "auto", a name, or a path to a .pt file. Raises ModelError."""
        if setting == "auto":
            return self._best(languages, Computer.here(device))
        if setting.endswith(".pt") or os.sep in setting:
            path = Path(setting).expanduser()
            if not path.is_file():
                raise ModelError(f"there is no model at {path}", "no_model", "check recognition.model")
            return Checkpoint(path.stem, path)
        found = self._named(setting)
        if not found.embedded and not self._intact(found.path, found.sha256):
            raise ModelError(
                f"the file of the model {setting} is damaged: {found.path}",
                "model_broken",
                f"`aihear models pull {setting}` fetches it again"
                if setting in self.catalogue
                else f"`aihear models remove {setting}`, then import it again",
            )
        return found

    def _best(self, languages: Sequence[str], computer: Computer) -> Checkpoint:
        here = [(model, path) for model in self._distinct() if (path := self._find(model)) is not None]
        here = [(m, p) for m, p in here if not m.english_only or tuple(languages) == ("en",)]
        suited = [(m, p) for m, p in here if computer.suits(m)]
        # The largest that suits; where none does, the smallest one is what the person has chosen to have.
        for model, path in [*reversed(suited), *(pair for pair in here if pair not in suited)]:
            if self._intact(path, model.sha256):
                return Checkpoint(model.name, path, model.sha256)
        return self._named(STARTER)

    def _named(self, name: str) -> Checkpoint:
        if name == STARTER:
            starter = self.starter()
            if not starter.path.is_file():
                raise ModelError("the embedded model is missing", "no_model", "install the program again")
            return starter
        if name in self.catalogue:
            model = self._official(name)
            path = self._find(model)
            if path is None:
                raise self._missing(name)
            return Checkpoint(model.name, path, model.sha256)
        for entry in self._imported():
            if entry.name == name and entry.path is not None:
                return Checkpoint(name, entry.path, entry.sha256)
        raise self._missing(name)

    def _missing(self, name: str) -> ModelError:
        hint = f"`aihear models pull {name}`" if name in self.catalogue else "`aihear models list` names them all"
        return ModelError(f"the model {name} is not on this computer", "no_model", hint)

    def _official(self, name: str) -> Official:
        if name not in self.catalogue:
            raise ModelError(f"there is no official model {name}", "unknown_model", "`aihear models list` names them")
        return self.catalogue[name]

    def _canonical(self, name: str) -> str:
        return self.catalogue[name].name if name in self.catalogue else name

    def _distinct(self) -> list[Official]:
        """Without aliases, smallest first; of two sizes alike, the one for English only last (it is the better one)."""
        models = {model.name: model for model in self.catalogue.values()}
        return sorted(models.values(), key=lambda model: (model.download_mb, model.english_only))

    def _find(self, model: Official) -> Path | None:
        candidates = (self.root / f"{model.name}.pt", self._cache / f"{model.name}.pt")
        return next((path for path in candidates if path.is_file()), None)

    def _official_entry(self, model: Official) -> Entry:
        path = self._find(model)
        if path is not None:
            origin: Origin = "downloaded" if path.parent == self.root else "cache"
            return Entry(model.name, origin, path.stat().st_size >> 20, path, model.sha256)
        part = self.root / f"{model.name}.pt.part"
        return Entry(model.name, "partial" if part.exists() else "available", model.download_mb, None, model.sha256)

    def _imported(self) -> list[Entry]:
        return [
            Entry(file.stem, "imported", file.stat().st_size >> 20, file, _recorded_sum(file))
            for file in sorted(self.root.glob("*.pt"))
            if file.stem not in {model.name for model in self.catalogue.values()}
        ]

    def _copy(self, source: Path, target: Path, sha256: str) -> None:
        part = target.with_name(target.name + ".part")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, part)
            if digest(part) != sha256:
                raise ModelError(f"{source} changed while it was copied", "checksum", "try again")
            target.with_name(target.name + ".sha256").write_text(f"{sha256}  {target.name}\n", encoding="ascii")
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ModelError(f"{target} cannot be written: {error.strerror}", "unwritable", "check the disk") from error

    # A model of three gigabytes takes seconds to sum up: once it was right, its size and date stand for it.

    def _intact(self, path: Path, sha256: str) -> bool:
        if not sha256 or self._checked().get(str(path)) == _stamp(path, sha256):
            return True
        good = digest(path) == sha256
        self._remember(path, sha256 if good else "")
        return good

    def _checked(self) -> dict[str, list[object]]:
        try:
            checked = json.loads((self.root / "checked.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return checked if isinstance(checked, dict) else {}

    def _remember(self, path: Path, sha256: str) -> None:
        """sha256: "" forgets it."""
        checked = {key: value for key, value in self._checked().items() if key != str(path)}
        if sha256:
            checked[str(path)] = _stamp(path, sha256)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            part = self.root / "checked.json.part"
            part.write_text(json.dumps(checked, indent=1), encoding="utf-8")
            part.replace(self.root / "checked.json")
        except OSError:
            pass  # a store that cannot be written is summed up again at each start


def _stamp(path: Path, sha256: str) -> list[object]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, sha256]


def _recorded_sum(file: Path) -> str:
    try:
        return file.with_name(file.name + ".sha256").read_text(encoding="ascii").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
