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


def weights(path: str) -> tuple[dict[str, int], dict[str, Any]]:
    """Dimensions, and tensors by openai-whisper's names as they lie in the file: read when used. Raises ModelError."""
    checkpoint = read(path)
    try:
        state = checkpoint["model_state_dict"]
        fits = _expected(checkpoint["dims"]) == {name: value.shape for name, value in state.items()}
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ModelError(f"{path}: the weights do not fit a Whisper model", "not_whisper", _HINT) from error
    if not fits:
        raise ModelError(f"{path}: the weights do not fit a Whisper model", "not_whisper", _HINT)
    return dict(checkpoint["dims"]), dict(state)


def _expected(dims: dict[str, int]) -> dict[str, Any]:
    """Shapes of all weights that a model of these dimensions has."""
    import torch
    from whisper.model import AudioEncoder, ModelDimensions, TextDecoder

    d = ModelDimensions(**dims)
    with torch.device("meta"):  # takes no memory
        encoder = AudioEncoder(d.n_mels, d.n_audio_ctx, d.n_audio_state, d.n_audio_head, d.n_audio_layer)
        decoder = TextDecoder(d.n_vocab, d.n_text_ctx, d.n_text_state, d.n_text_head, d.n_text_layer)
    shapes = {f"encoder.{name}": value.shape for name, value in encoder.state_dict().items()}
    return shapes | {f"decoder.{name}": value.shape for name, value in decoder.state_dict().items()}


class Inspector:
    """Lives in a worker process (`aihear models import`)."""

    def inspect(self, path: str) -> dict[str, Any]:
        """The fields of Shape. Raises ModelError."""
        model = build(path)
        dims = model.dims
        count = sum(parameter.numel() for parameter in model.parameters())
        return asdict(Shape(count, dims.n_audio_layer, dims.n_text_layer, model.is_multilingual))
