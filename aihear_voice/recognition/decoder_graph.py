"""Whisper's text decoder as two ONNX graphs. For the process that converts.

One graph makes keys and values of what the encoder heard, for each layer's cross-attention: once for an utterance.
The other goes from the vectors of some tokens, and the keys and values of those before them, to logits.
The vectors of tokens and of positions stand beside them: only the rows of spoken tokens are ever read.

The architecture is that of Radford et al., 2022 (arXiv:2212.04356); weights have openai-whisper's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import conversion

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OPSET, _IR = 20, 9  # of the year 2023: onnxruntime from 1.17 on reads them
_CONTRIB = "com.microsoft"
_EPSILON = 1e-5


def write(dims: Mapping[str, int], weights: Mapping[str, Any], folder: Path, largest: int) -> None:
    """Writes the four files of conversion.py. weights: tensors of torch.

    largest: of an eight-bit weight, 127 or 63; 0 for float32. Where the processor has no dot product of bytes (VNNI),
    onnxruntime adds pairs of products in 16 bits: with weights of no more than 63 they cannot overflow.
    """
    import onnx

    tables = {conversion.EMBEDDING: "token_embedding.weight", conversion.POSITIONS: "positional_embedding"}
    for name, table in tables.items():
        np.save(folder / name, weights[f"decoder.{table}"].half().numpy())
    for name, make in ((conversion.MEMORY, _memory), (conversion.STEP, _step)):
        onnx.save(make(dims, weights, largest), str(folder / name))


class _Builder:
    """Nodes and weights of a graph, one after the other. Methods return the name of what they compute."""

    def __init__(self, weights: Mapping[str, Any], largest: int) -> None:
        self._weights, self._largest = weights, largest
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self, name: str, given: Sequence[Any], made: Sequence[Any]) -> Any:
        """An onnx.ModelProto of all of it."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, given, made, self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR)

    def node(self, kind: str, inputs: Sequence[str], outputs: Sequence[str] = (), domain: str = "", **how: Any) -> str:
        from onnx import helper

        named = list(outputs) or [f"{kind}_{len(self._nodes)}"]
        self._nodes.append(helper.make_node(kind, list(inputs), named, domain=domain, **how))
        return named[0]

    def norm(self, values: str, name: str) -> str:
        gain, shift = self.constant(self.weight(f"{name}.weight")), self.constant(self.weight(f"{name}.bias"))
        return self.node("LayerNormalization", [values, gain, shift], axis=-1, epsilon=_EPSILON)

    def linear(self, values: str, name: str, parts: Sequence[str] = ("",)) -> str:
        """Several projections of the same values as one."""
        names = [name + part for part in parts]
        matrix = np.concatenate([self.weight(f"{part}.weight") for part in names])
        return self.product(values, matrix, np.concatenate([self._bias(part) for part in names]))

    def product(self, values: str, matrix: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
        """values times the matrix, which is [out, in], each row of it with a scale of its own."""
        shift = [] if bias is None else [self.constant(bias)]
        if not self._largest:
            made = self.node("MatMul", [values, self.constant(np.ascontiguousarray(matrix.T))])
            return self.node("Add", [made, *shift]) if shift else made
        scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / np.float32(self._largest)
        whole = np.rint(matrix / scale[:, None]).astype(np.int8)
        inputs = [values, self.constant(np.ascontiguousarray(whole.T)), self.constant(scale.astype(np.float32))]
        inputs.append(self.constant(np.zeros(len(matrix), np.int8)))
        return self.node("DynamicQuantizeMatMul", [*inputs, *shift], domain=_CONTRIB)

    def constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"weight_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def weight(self, name: str) -> NDArray[np.float32]:
        values: NDArray[np.float32] = self._weights[name].float().numpy()
        return values

    def _bias(self, name: str) -> NDArray[np.float32]:
        """Whisper's keys have none: zeros."""
        if f"{name}.bias" in self._weights:
            return self.weight(f"{name}.bias")
        return np.zeros(len(self._weights[f"{name}.weight"]), np.float32)


def _memory(dims: Mapping[str, int], weights: Mapping[str, Any], largest: int) -> Any:
    """features [1, positions, state] to memory_key_N and memory_value_N [1, heads, positions, width]."""
    graph = _Builder(weights, largest)
    shape = graph.constant(np.array([1, -1, dims["n_text_head"], _width(dims)], np.int64))
    for layer in range(dims["n_text_layer"]):
        for kind in ("key", "value"):
            flat = graph.linear("features", f"decoder.blocks.{layer}.cross_attn.{kind}")
            heads = graph.node("Reshape", [flat, shape])
            graph.node("Transpose", [heads], [f"memory_{kind}_{layer}"], perm=[0, 2, 1, 3])
    given = [_tensor("features", [1, "positions", dims["n_audio_state"]])]
    return graph.model("memory", given, _caches("memory", "positions", dims))


def _step(dims: Mapping[str, int], weights: Mapping[str, Any], largest: int) -> Any:
    """tokens [1, new, state], rows (which of them are asked for), past_* and memory_*: to logits [rows, vocabulary]."""
    graph = _Builder(weights, largest)
    values = "tokens"
    for layer in range(dims["n_text_layer"]):
        values = _block(graph, values, layer, dims["n_text_head"])
    asked = graph.node("Gather", [graph.norm(values, "decoder.ln"), "rows"], axis=1)
    state = graph.constant(np.array([-1, dims["n_text_state"]], np.int64))
    flat = graph.node("Reshape", [asked, state])
    logits = graph.product(flat, graph.weight("decoder.token_embedding.weight"))
    graph.node("Identity", [logits], ["logits"])
    given = [
        _tensor("tokens", [1, "new", dims["n_text_state"]]),
        _tensor("rows", ["asked"], whole=True),
        *_caches("past", "past", dims),
        *_caches("memory", "positions", dims),
    ]
    made = [_tensor("logits", ["asked", dims["n_vocab"]]), *_caches("present", "present", dims)]
    return graph.model("step", given, made)


def _block(graph: _Builder, values: str, layer: int, heads: int) -> str:
    name = f"decoder.blocks.{layer}"
    parts = (".query", ".key", ".value")
    together = graph.linear(graph.norm(values, f"{name}.attn_ln"), f"{name}.attn", parts)
    query, key, value = (f"{part[1:]}_{layer}" for part in parts)
    graph.node("Split", [together], [query, key, value], axis=-1, num_outputs=3)
    past = ["", "", "", f"past_key_{layer}", f"past_value_{layer}"]
    present = [f"attention_{layer}", f"present_key_{layer}", f"present_value_{layer}"]
    heard = _attention(graph, [query, key, value, *past], present, heads, causal=1)
    values = graph.node("Add", [values, graph.linear(heard, f"{name}.attn.out")])
    query = graph.linear(graph.norm(values, f"{name}.cross_attn_ln"), f"{name}.cross_attn.query")
    heard = _attention(graph, [query, f"memory_key_{layer}", f"memory_value_{layer}"], [], heads, causal=0)
    values = graph.node("Add", [values, graph.linear(heard, f"{name}.cross_attn.out")])
    wide = graph.node("Gelu", [graph.linear(graph.norm(values, f"{name}.mlp_ln"), f"{name}.mlp.0")])
    return graph.node("Add", [values, graph.linear(wide, f"{name}.mlp.2")])


def _attention(graph: _Builder, inputs: Sequence[str], outputs: Sequence[str], heads: int, causal: int) -> str:
    return graph.node("MultiHeadAttention", inputs, outputs, domain=_CONTRIB, num_heads=heads, unidirectional=causal)


def _width(dims: Mapping[str, int]) -> int:
    return dims["n_text_state"] // dims["n_text_head"]


def _caches(name: str, length: str, dims: Mapping[str, int]) -> list[Any]:
    shape: list[int | str] = [1, dims["n_text_head"], length, _width(dims)]
    layers = range(dims["n_text_layer"])
    return [_tensor(f"{name}_{kind}_{layer}", shape) for layer in layers for kind in ("key", "value")]


def _tensor(name: str, shape: Sequence[int | str], whole: bool = False) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.INT64 if whole else TensorProto.FLOAT, list(shape))
