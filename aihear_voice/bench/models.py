"""Checkpoints to measure with: the official weights where they are downloaded, else random ones of the same size.

What a network computes does not depend on its numbers, so that random weights cost what trained ones do.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..recognition.store import ModelStore
from ..workers import Worker

SEED = 20

# Width, heads and layers of encoder and decoder: openai-whisper's model card. All hear 80 mel bands.
DIMENSIONS = {"tiny": (384, 6, 4), "base": (512, 8, 6), "small": (768, 12, 12), "medium": (1024, 16, 24)}


def checkpoint(size: str, folder: Path) -> tuple[Path, bool]:
    """An openai-whisper `.pt` of that size, and whether its weights are the official ones. Else made in `folder`."""
    with contextlib.suppress(ModelError):
        return ModelStore().resolve(size).path, True
    path = folder / f"{size}.pt"
    if not path.exists():
        worker = Worker("weights", "aihear_voice.bench.models:Maker", {}, timeout=300.0)
        try:
            worker.call("make", size, str(path))
        finally:
            worker.kill()
    return path, False


class Maker:
    """Lives in a worker, so that torch does not stay in the process that measures."""

    def make(self, size: str, path: str) -> None:
        import torch
        from whisper.model import ModelDimensions, Whisper

        torch.manual_seed(SEED)
        width, heads, layers = DIMENSIONS[size]
        model = Whisper(ModelDimensions(80, 1500, width, heads, layers, 51865, 448, width, heads, layers))
        torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)
        _never_ends(model)
        state = {name: tensor.half() for name, tensor in model.state_dict().items()}
        torch.save({"dims": vars(model.dims), "model_state_dict": state}, path)


def _never_ends(model: Any) -> None:
    """With a zero embedding neither "end of text" nor a time stamp is ever the likeliest token."""
    import torch
    from whisper.tokenizer import get_tokenizer

    with torch.no_grad():
        model.decoder.token_embedding.weight[get_tokenizer(multilingual=True).eot :] = 0
