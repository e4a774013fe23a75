"""How short the window of a model's encoder may be.

Whisper was trained on 30 s. A model that also knows shorter windows says so in a manifest beside its checkpoint
(NAME.toml: `shortest_window_s = 2.0`); others go down to 10 s. `aihear bench accuracy --calibrate` may find on the
person's own recordings that less will do, and keeps that here, by the checksum of the checkpoint.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from .. import paths
from ..errors import ModelError

SHORTEST_S = 10.0  # of a model of which nothing is known
LEAST_S, MOST_S = 1.0, 30.0


def shortest_s(checkpoint: Path, sha256: str) -> float:
    """Seconds: calibrated on this computer, else as the model's manifest says. Raises ModelError."""
    known = calibrated().get(sha256)
    return _declared(checkpoint) if known is None else known


def calibrate(sha256: str, seconds: float | None) -> None:
    """Keep what was measured; None forgets it. Raises ModelError."""
    if seconds is not None and not LEAST_S <= seconds <= MOST_S:
        raise ModelError(f"a window of {seconds:g} s cannot be", "bad_window", f"{LEAST_S:g} to {MOST_S:g} seconds")
    kept = {key: value for key, value in calibrated().items() if key != sha256}
    if seconds is not None:
        kept[sha256] = seconds
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        part = _file().with_suffix(".part")
        part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        part.replace(_file())
    except OSError as error:
        raise ModelError(f"{_file()} cannot be written: {error.strerror}", "unwritable", "check the disk") from error


def _file() -> Path:
    return paths.models() / "windows.json"


def calibrated() -> dict[str, float]:
    """Seconds by checksum, as measured on this computer."""
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {key: float(value) for key, value in kept.items() if isinstance(value, (int, float)) and _possible(value)}


def _declared(checkpoint: Path) -> float:
    path = checkpoint.with_suffix(".toml")
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8")).get("shortest_window_s", SHORTEST_S)
    except FileNotFoundError:
        return SHORTEST_S
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}", "bad_manifest", "it is TOML") from error
    if not isinstance(value, (int, float)) or not _possible(value):
        raise ModelError(f"{path}: shortest_window_s is 1 to 30 seconds", "bad_manifest", "correct or delete it")
    return float(value)


def _possible(seconds: float) -> bool:
    return LEAST_S <= seconds <= MOST_S
