"""Reading Whisper checkpoints. Imports torch: only for worker processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..errors import ModelError

_HINT = "`aihear models verify` checks what is there, `aihear models pull NAME` fetches it again"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a checkpoint is: numbers of parameters, layers of encoder and decoder, and whether it knows languages."""

    parameters: int
    encoder_layers: int
    decoder_layers: int
    multilingual: bool


def read(path: str) -> dict[str, Any]:
    """{dims, model_state_dict} as openai-whisper saves them; no code in the file is run. Raises ModelError."""
    import torch

    try:
        # mmap: nothing is read before it is needed, so that looking at a large file is cheap.
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError as error:
        raise ModelError(f"there is no model at {path}", "no_model", _HINT) from error
    except Exception as error:  # torch.load raises many kinds for a file that is cut or of another kind
        raise ModelError(f"{path} is damaged, or not a checkpoint of Whisper", "model_broken", _HINT) from error
    if not isinstance(checkpoint, dict) or not {"dims", "model_state_dict"} <= checkpoint.keys():
        raise ModelError(f"{path} holds no Whisper model in openai-whisper's format", "not_whisper", _HINT)
    return checkpoint


def build(path: str) -> Any:
    """A whisper.model.Whisper on the CPU, float32. Raises ModelError."""
    from whisper.model import ModelDimensions, Whisper

    checkpoint = read(path)
    try:
        model = Whisper(ModelDimensions(**checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"])
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: the weights do not fit a Whisper model", "not_whisper", _HINT) from error
    return model.eval()


class Inspector:
    """Lives in a worker process (`aihear models import`)."""

    def inspect(self, path: str) -> dict[str, Any]:
        """The fields of Shape. Raises ModelError."""
        model = build(path)
        dims = model.dims
        count = sum(parameter.numel() for parameter in model.parameters())
        return asdict(Shape(count, dims.n_audio_layer, dims.n_text_layer, model.is_multilingual))
