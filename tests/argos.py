"""A translator that knows a few words, in the very format of Argos packages: a CTranslate2 network and a word model.

Its weights are set by hand instead of learnt. A word is embedded as two ones, for which word it is and for where it
stands. Attention finds what stands at the place that is being written, and the projection names that word's
counterpart. So "the house" becomes "das Haus", whatever else a real network would make of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from ctranslate2.specs import TransformerSpec

PLACES = 32  # words in a sentence
_SHARP = 100.0


def package(folder: Path, source: str, target: str, words: Mapping[str, str]) -> None:
    """A package in `folder` that translates these words, marks included."""
    place = folder / f"translate-{source}_{target}"
    place.mkdir(parents=True)
    known = sorted({*words, *words.values()})
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(known * 3), model_prefix=str(place / "sentencepiece"), model_type="word",
        vocab_size=len(known) + 3, hard_vocab_limit=False, minloglevel=2, normalization_rule_name="identity",
    )  # fmt: skip
    tokens = ["<blank>", "<s>", "</s>", "<unk>", *(f"▁{word}" for word in known)]
    becomes = {tokens.index(f"▁{a}"): tokens.index(f"▁{b}") for a, b in words.items()} | {2: 2}
    spec = _network(tokens, becomes)
    spec.validate()
    (place / "model").mkdir()
    spec.save(str(place / "model"))
    (place / "metadata.json").write_text(json.dumps({"from_code": source, "to_code": target}))


def _network(tokens: list[str], becomes: Mapping[int, int]) -> Any:
    """Dimensions: which word, where, and what was found there."""
    size, width = len(tokens), 2 * len(tokens) + PLACES
    word, place, found = slice(0, size), slice(size, size + PLACES), slice(size + PLACES, width)
    eye = np.eye(width, dtype=np.float32)
    spec = TransformerSpec.from_config(1, 1, pre_norm=True)
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.add_source_eos = True
    for side in (spec.encoder, spec.decoder):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = eye[word]
        side.scale_embeddings = False
        side.position_encodings.encodings = eye[place]
        _plain(side.layer_norm, width)
        layer = side.layer[0]
        _silent(layer.self_attention, width)
        _plain(layer.ffn.layer_norm, width)
        layer.ffn.linear_0.weight = np.zeros((width, width), np.float32)
        layer.ffn.linear_1.weight = np.zeros((width, width), np.float32)
        layer.ffn.linear_0.bias = layer.ffn.linear_1.bias = np.zeros(width, np.float32)
    attention = spec.decoder.layer[0].attention
    _plain(attention.layer_norm, width)
    here, what, put = (np.zeros((width, width), np.float32) for _ in range(3))
    here[place, place] = np.eye(PLACES)
    what[word, word] = put[found, word] = np.eye(size)
    attention.linear[0].weight = _SHARP * here
    attention.linear[1].weight = np.concatenate([here, what])
    attention.linear[2].weight = put
    for index, rows in enumerate((width, 2 * width, width)):
        attention.linear[index].bias = np.zeros(rows, np.float32)
    named = np.zeros((size, width), np.float32)
    for a, b in becomes.items():
        named[b, size + PLACES + a] = _SHARP
    spec.decoder.projection.weight = named
    spec.decoder.projection.bias = np.zeros(size, np.float32)
    return spec


def _plain(norm: Any, width: int) -> None:
    norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _silent(attention: Any, width: int) -> None:
    """It adds nothing."""
    _plain(attention.layer_norm, width)
    for index, rows in enumerate((3 * width, width)):
        attention.linear[index].weight = np.zeros((rows, width), np.float32)
        attention.linear[index].bias = np.zeros(rows, np.float32)
