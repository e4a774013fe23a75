"""From a checkpoint of openai-whisper to a prepared model. Imports torch and onnx: for a process that then ends.

The folder is one of CTranslate2, complete for other programs too (faster-whisper opens it): weights, config.json,
vocabulary.json, and the tokenizer in the format of Hugging Face's tokenizers. Beside them stands the text decoder for
onnxruntime, but for a graphics card.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import checkpoints, decoder_graph, processor
from .assets import literal
from .tokens import Tokens, for_vocabulary


class Converter:
    """Lives in a worker process."""

    def convert(self, checkpoint: str, folder: str, official: str, quantization: str) -> dict[str, Any]:
        """Writes into an empty FOLDER; returns the model's dims. Raises ModelError, OSError.

        official: the checkpoint's name among OpenAI's, "" for others; it tells which heads align words.
        """
        from whisper.tokenizer import get_tokenizer

        dims, weights = checkpoints.weights(checkpoint)
        tokens = for_vocabulary(dims["n_vocab"])
        whispers = get_tokenizer(tokens.multilingual, num_languages=len(tokens.languages))
        spec = _spec(dims, weights)
        spec.config.suppress_ids = _never(tokens, whispers.non_speech_tokens)
        spec.config.suppress_ids_begin = [*whispers.encode(" "), tokens.eot]
        spec.config.lang_ids = [tokens.language(code) for code in tokens.languages]
        spec.config.alignment_heads = _alignment_heads(dims, official)
        spec.register_vocabulary([_printable(piece) for piece in tokens.pieces] + tokens.specials())
        spec.validate()
        spec.optimize(quantization)
        spec.save(folder)
        if quantization != "float16":
            decoder_graph.write(dims, weights, Path(folder), _largest(quantization))
        _write(Path(folder) / "tokenizer.json", _tokenizer(tokens))
        _write(Path(folder) / "preprocessor_config.json", _preprocessor(dims["n_mels"]))
        return dims


def _largest(quantization: str) -> int:
    """Of a weight in eight bits; 0 for float32."""
    return 0 if quantization == "float32" else 63 if processor.overflows() else 127


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


# -- weights ----------------------------------------------------------------------------------------------


def _spec(dims: Mapping[str, int], weights: Mapping[str, Any]) -> Any:
    """A ctranslate2.specs.WhisperSpec; its attributes are CTranslate2's, the names of weights openai-whisper's."""
    from ctranslate2.specs import WhisperSpec

    spec = WhisperSpec(dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"])
    for conv, name in ((spec.encoder.conv1, "encoder.conv1"), (spec.encoder.conv2, "encoder.conv2")):
        _linear(conv, weights, name)
    spec.encoder.position_encodings.encodings = weights["encoder.positional_embedding"]
    _norm(spec.encoder.layer_norm, weights, "encoder.ln_post")
    spec.decoder.embeddings.weight = weights["decoder.token_embedding.weight"]
    spec.decoder.projection.weight = weights["decoder.token_embedding.weight"]
    spec.decoder.position_encodings.encodings = weights["decoder.positional_embedding"]
    _norm(spec.decoder.layer_norm, weights, "decoder.ln")
    for stage, name in ((spec.encoder, "encoder"), (spec.decoder, "decoder")):
        for index, layer in enumerate(stage.layer):
            _block(layer, weights, f"{name}.blocks.{index}")
    return spec


def _block(layer: Any, weights: Mapping[str, Any], name: str) -> None:
    _norm(layer.self_attention.layer_norm, weights, f"{name}.attn_ln")
    together, out = layer.self_attention.linear
    _fused(together, weights, name + ".attn", ("query", "key", "value"))
    _linear(out, weights, f"{name}.attn.out")
    if f"{name}.cross_attn.query.weight" in weights:
        _norm(layer.attention.layer_norm, weights, f"{name}.cross_attn_ln")
        query, memory, out = layer.attention.linear
        _linear(query, weights, f"{name}.cross_attn.query")
        _fused(memory, weights, name + ".cross_attn", ("key", "value"))
        _linear(out, weights, f"{name}.cross_attn.out")
    _norm(layer.ffn.layer_norm, weights, f"{name}.mlp_ln")
    _linear(layer.ffn.linear_0, weights, f"{name}.mlp.0")
    _linear(layer.ffn.linear_1, weights, f"{name}.mlp.2")


def _linear(spec: Any, weights: Mapping[str, Any], name: str) -> None:
    spec.weight, spec.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _norm(spec: Any, weights: Mapping[str, Any], name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _fused(spec: Any, weights: Mapping[str, Any], name: str, parts: Sequence[str]) -> None:
    """Several projections as one. Whisper's keys have no bias: zeros."""
    import torch

    matrices = [weights[f"{name}.{part}.weight"] for part in parts]
    spec.weight = torch.cat(matrices)
    biases = [
        weights.get(f"{name}.{part}.bias", matrix.new_zeros(len(matrix)))
        for part, matrix in zip(parts, matrices, strict=True)
    ]
    spec.bias = torch.cat(biases)


def _alignment_heads(dims: Mapping[str, int], official: str) -> list[tuple[int, int]]:
    """(layer, head) of the cross-attention that follows the sound: known for OpenAI's models, else the upper half."""
    layers, heads = dims["n_text_layer"], dims["n_text_head"]
    known = literal("__init__.py", "_ALIGNMENT_HEADS").get(official)
    if known is None:
        return list(itertools.product(range(layers // 2, layers), range(heads)))
    marks = gzip.decompress(base64.b85decode(known))
    return [divmod(position, heads) for position, mark in enumerate(marks) if mark]


# -- tokens -----------------------------------------------------------------------------------------------


def _never(tokens: Tokens, non_speech: Sequence[int]) -> list[int]:
    """Tokens that are no speech, as whisper/decoding.py suppresses them."""
    specials = [tokens.sot, *range(tokens.language(tokens.languages[-1]) + 1, tokens.no_timestamps)]
    return sorted({*non_speech, *specials})


def _tokenizer(tokens: Tokens) -> dict[str, Any]:
    """tokenizer.json of Hugging Face's tokenizers. Its merges are found again from the ranks of the byte pairs."""
    ranks = {piece: rank for rank, piece in enumerate(tokens.pieces)}
    merges = [_halves(piece, ranks) for piece in tokens.pieces if len(piece) > 1]
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": tokens.eot + index, "content": name, **special} for index, name in enumerate(tokens.specials())
        ],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "vocab": {_printable(piece): rank for piece, rank in ranks.items()},
            "merges": [[_printable(first), _printable(second)] for first, second in merges],
        },
    }


def _halves(piece: bytes, ranks: Mapping[bytes, int]) -> tuple[bytes, bytes]:
    """The two tokens that the last merge of a token joins: merge as for text, but only what has a lower rank."""
    parts = [piece[at : at + 1] for at in range(len(piece))]
    while len(parts) > 2:
        joined = [ranks.get(a + b, len(ranks)) for a, b in itertools.pairwise(parts)]
        at = joined.index(min(joined))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def _printable(piece: bytes) -> str:
    """Byte-level tokenizers write each byte as a character that can be seen, as GPT-2 began to do."""
    return "".join(_CHARACTERS[byte] for byte in piece)


def _characters() -> list[str]:
    """Printable bytes of Latin-1 stand for themselves; the others follow from U+0100 on, in their order."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = itertools.count(0x100)
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


_CHARACTERS = _characters()


def _preprocessor(bands: int) -> dict[str, Any]:
    """What faster-whisper reads of Hugging Face's feature extractor."""
    return {"feature_size": bands, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
