"""Models prepared for the fast engine: made once on this computer, in a process of its own, and kept by checksum.

A prepared model is a folder of CTranslate2, with the text decoder for onnxruntime and `manifest.json` beside it. It is
written under another name and renamed when it is whole, so that a folder that is there was finished; that it is still
whole is seen by its sums.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import paths
from ..errors import AihearError, ModelError
from ..workers import Worker
from .download import digest

FORMAT = 2  # of the folder; another number is made again
TELL = "preparing the model for this computer, once"
_CONVERTING_S = 1800.0  # three gigabytes on a slow computer
_SPARE = 64 << 20  # bytes of the disk that stay free
_MANIFEST = "manifest.json"
# The text decoder for onnxruntime (decoder_graph.py); not for a graphics card.
MEMORY, STEP, EMBEDDING, POSITIONS = "memory.onnx", "step.onnx", "embedding.npy", "positions.npy"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a prepared model is.

    sha256: of the checkpoint; source, size, changed: the file that had it, its bytes and its time in nanoseconds
    numbers: float32, int8 or float16, as the weights are kept; dims: openai-whisper's; sums: SHA-256 of each file
    """

    format: int
    sha256: str
    source: str
    size: int
    changed: int
    numbers: str
    dims: Mapping[str, int]
    sums: Mapping[str, str]

    @property
    def processor_numbers(self) -> str:
        """What the CPU computes with."""
        return "float32" if self.numbers == "float32" else "int8"

    @property
    def steps(self) -> bool:
        """Whether the text decoder for onnxruntime is there."""
        return STEP in self.sums


def available() -> bool:
    """Whether the fast engine is installed."""
    return importlib.util.find_spec("ctranslate2") is not None


def engine(setting: str) -> str:
    """fast or whisper: what recognition.engine means on this computer."""
    return "fast" if setting == "fast" or (setting == "auto" and available()) else "whisper"


def numbers_for(accelerated: bool) -> str:
    """How weights are kept. accelerated: for a graphics card."""
    return "float16" if accelerated else "int8"


def converted(
    checkpoint: Path | str, official: str = "", numbers: str = "int8", sha256: str = "", tell: Tell = lambda text: None
) -> Path:
    """The prepared folder of a checkpoint, made now where it is not there or not whole.

    official: its name among OpenAI's, or ""; sha256: its checksum where that is known; tell: called once, before
    work that takes seconds. Raises ModelError: the checkpoint is broken, or there is no room.
    """
    source = Path(checkpoint)
    sha256 = sha256 or sum_of(source)
    folder = _root() / f"{sha256[:20]}-{numbers}"
    if whole(folder):
        return folder
    tell(TELL)
    try:
        _root().mkdir(parents=True, exist_ok=True)
        _sweep()
        _check_room(source)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=_root()))
        try:
            _convert(source, new, official, numbers, sha256)
            _put(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"the model cannot be prepared in {_root()}: {error.strerror or error}", "unwritable", "check the disk"
        ) from error
    return folder


def whole(folder: Path) -> bool:
    """Whether a prepared model is there, of this format, and none of its files has changed."""
    try:
        manifest = read(folder)
        return manifest.format == FORMAT and all(
            digest(folder / name) == expected for name, expected in manifest.sums.items()
        )
    except ModelError:
        return False


def read(folder: Path | str) -> Manifest:
    """Raises ModelError."""
    try:
        return Manifest(**json.loads((Path(folder) / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{folder} holds no prepared model", "converted_broken") from error


def prepared() -> Mapping[str, Manifest]:
    """All that are there, by the checksum of their checkpoint."""
    found = {}
    for path in sorted(_root().glob(f"[!.]*/{_MANIFEST}")):
        with contextlib.suppress(ModelError):
            manifest = read(path.parent)
            found[manifest.sha256] = manifest
    return found


def sum_of(checkpoint: Path) -> str:
    """SHA-256 of a checkpoint; a file that was prepared, and has not changed since, is not read again."""
    try:
        stat = checkpoint.stat()
    except OSError as error:
        raise ModelError(f"there is no model at {checkpoint}", "no_model", "check recognition.model") from error
    stamp = (str(checkpoint.resolve()), stat.st_size, stat.st_mtime_ns)
    known = (m.sha256 for m in prepared().values() if (m.source, m.size, m.changed) == stamp)
    return next(known, "") or digest(checkpoint)


def forget(sha256: str) -> None:
    """Delete what was prepared of a checkpoint."""
    for folder in _root().glob(f"{sha256[:20]}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _root() -> Path:
    return paths.cache("models")


def _convert(source: Path, folder: Path, official: str, numbers: str, sha256: str) -> None:
    worker = Worker("conversion", "aihear_voice.recognition.converter:Converter", {}, timeout=_CONVERTING_S)
    try:
        dims = worker.call("convert", str(source), str(folder), official, numbers)
    except ModelError:
        raise
    except AihearError as error:  # killed, short of memory, a full disk
        raise ModelError(f"the model cannot be prepared: {error.message}", "conversion_failed", error.hint) from error
    finally:
        worker.kill()
    stat = source.stat()
    sums = {path.name: digest(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(FORMAT, sha256, str(source.resolve()), stat.st_size, stat.st_mtime_ns, numbers, dims, sums)
    (folder / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")


def _put(new: Path, folder: Path) -> None:
    """Rename to its name. Another process may have been faster: then its folder stays."""
    if not whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        new.rename(folder)
    except OSError:
        if not whole(folder):
            raise


def _check_room(source: Path) -> None:
    # Checkpoints hold float16, and no more than that is written but for small ones.
    needed = source.stat().st_size + _SPARE
    free = shutil.disk_usage(_root()).free
    if free < needed:
        raise ModelError(
            f"not enough room in {_root()}: {needed >> 20} MB needed, {free >> 20} MB free", "no_space", "make room"
        )


def _sweep() -> None:
    """Away with what a killed process has left behind."""
    for leftover in _root().glob(".new-*"):
        if time.time() - leftover.stat().st_mtime > _CONVERTING_S:
            shutil.rmtree(leftover, ignore_errors=True)
