"""A checkpoint as whisper.cpp reads it (float16), so that the same weights can be measured there too.

Layout as documented in whisper.cpp's models/README: header, mel filters, vocabulary, tensors; little-endian.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = 0x67676D6C
_DIMENSIONS = (
    "n_vocab",
    "n_audio_ctx",
    "n_audio_state",
    "n_audio_head",
    "n_audio_layer",
    "n_text_ctx",
    "n_text_state",
    "n_text_head",
    "n_text_layer",
    "n_mels",
)
_PLAIN = ("encoder.positional_embedding", "decoder.positional_embedding")  # stay float32, as all one-dimensional ones
_BIASES = ("encoder.conv1.bias", "encoder.conv2.bias")  # are columns


class Writer:
    """Lives in a worker: torch reads the checkpoint."""

    def write(self, checkpoint: str, path: str) -> None:
        import torch

        loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
        with Path(path).open("wb") as file:
            _header(file, loaded["dims"])
            _filters(file, loaded["dims"]["n_mels"])
            _vocabulary(file)
            for name, tensor in loaded["model_state_dict"].items():
                _tensor(file, name, tensor)


def _header(file: BinaryIO, dims: dict[str, int]) -> None:
    file.write(struct.pack("<12i", _MAGIC, *(dims[name] for name in _DIMENSIONS), 1))


def _filters(file: BinaryIO, mels: int) -> None:
    from whisper.audio import mel_filters

    filters = mel_filters("cpu", mels).numpy().astype("<f4")
    file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())


def _vocabulary(file: BinaryIO) -> None:
    from whisper.tokenizer import get_encoding

    encoding = get_encoding("multilingual")
    ranks = encoding._mergeable_ranks
    words = sorted(ranks, key=ranks.__getitem__)
    file.write(struct.pack("<i", len(words)))
    for word in words:
        file.write(struct.pack("<i", len(word)) + word)


def _tensor(file: BinaryIO, name: str, tensor: Any) -> None:
    values = tensor.squeeze().float().numpy()
    if name in _BIASES:
        values = values.reshape(-1, 1)
    half = values.ndim > 1 and name not in (*_PLAIN, *_BIASES)
    label = name.encode()
    shape = values.shape[::-1]
    file.write(struct.pack("<3i", values.ndim, len(label), int(half)) + struct.pack(f"<{values.ndim}i", *shape) + label)
    file.write(values.astype("<f2" if half else "<f4").tobytes())
