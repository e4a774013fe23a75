"""Models to measure with where none was downloaded: the official dimensions, with random weights."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import ModelError

# n_audio_state, n_audio_head, n_audio_layer, then the same of the text decoder; 80 mels and 51,865 tokens for all.
SIZES = {"tiny": (384, 6, 4), "base": (512, 8, 6), "small": (768, 12, 12)}

_MAKE = """
import sys, torch
from whisper.model import ModelDimensions, Whisper
path, state, head, layer = sys.argv[1], *map(int, sys.argv[2:])
torch.manual_seed(0)
dims = ModelDimensions(80, 1500, state, head, layer, 51865, 448, state, head, layer)
weights = {name: value.half() for name, value in Whisper(dims).state_dict().items()}
torch.save({"dims": vars(dims), "model_state_dict": weights}, path)
"""


def random_checkpoint(size: str) -> Path:
    """An openai-whisper checkpoint of that size, made once (in a process of its own: torch stays out of here)."""
    path = Path(tempfile.gettempdir()) / f"aihear-bench-random-{size}.pt"
    if path.is_file():
        return path
    unfinished = path.with_suffix(".new")
    command = [sys.executable, "-c", _MAKE, str(unfinished), *map(str, SIZES[size])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ModelError(f"no model of random weights can be made: {done.stderr.strip()[-300:]}", "no_model", "pip")
    unfinished.replace(path)
    return path


def checkpoint(size: str) -> tuple[str, str]:
    """What `--model` takes, and how to call it: the official weights where they are here, else random ones."""
    from ..recognition.store import ModelStore

    if any(entry.name == size and entry.path is not None for entry in ModelStore().entries()):
        return size, f"{size}, official weights"
    return str(random_checkpoint(size)), f"{size}, random weights"
