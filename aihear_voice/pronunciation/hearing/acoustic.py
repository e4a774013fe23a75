"""The acoustic model: how well each 10 ms fits each state of each phone.

It is CMU Sphinx's own American English model, which the pocketsphinx package carries (trained by Alpha Cephei
2015; phonetically tied mixtures: 42 codebooks of 128 Gaussians in three streams, 5126 senones, which are the
shared states of phones in their context). Only its tables are read. Computing the scores here, and not in
PocketSphinx's decoder, yields all of them at once and in memory, of which goodness and posteriors are made, and
nothing accumulates however many texts are checked (the decoder's grammars do).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]  # shape (frames, n)

SILENCE = "SIL"
STATES = 3  # of each phone, left to right
Position = Literal["inside", "begin", "end", "single"]
_POSITIONS: tuple[Position, ...] = ("inside", "begin", "end", "single")
_STREAM = 13  # numbers: cepstra, differences, second differences
_VARIANCE_FLOOR = 1e-4
_WEIGHT_UNIT = 1024 * 1.0001  # mixture weights are -log(w) in base 1.0001, shifted by ten bits


@dataclass(frozen=True, eq=False)
class AcousticModel:
    """phones: names, fillers and silence among them, sorted; a phone's number is its place

    linear, constant: the Gaussians as products with (x, x squared), by stream: shapes (26, 42 x 128), (42 x 128)
    weights: of the mixtures, by stream: shape (128, senones)
    senones_of: the senones of each codebook
    """

    phones: tuple[str, ...]
    linear: tuple[Matrix, ...]
    constant: tuple[Matrix, ...]
    weights: tuple[Matrix, ...]
    senones_of: tuple[NDArray[np.int64], ...]
    tree: NDArray[np.int64]
    sequence_of: NDArray[np.int32]
    sequences: NDArray[np.int16]

    def scores(self, features: Matrix) -> Matrix:
        """Log likelihoods of all senones, shape (frames, senones). features: from cepstra.features."""
        import numpy as np

        total = np.zeros((len(features), self.weights[0].shape[1]), np.float32)
        for stream in range(3):
            part = features[:, stream * _STREAM : (stream + 1) * _STREAM]
            density = np.hstack([part, part * part]) @ self.linear[stream] + self.constant[stream]
            density = density.reshape(len(features), len(self.phones), -1)
            top = density.max(axis=2)
            likelihood = np.exp(density - top[:, :, None])
            for book, senones in enumerate(self.senones_of):
                mixed = likelihood[:, book] @ self.weights[stream][:, senones]
                total[:, senones] += np.log(mixed + 1e-30) + top[:, book, None]
        return total

    @cache  # noqa: B019 - there is one model as long as the program runs
    def senones(self, phone: str, left: str, right: str, position: Position) -> Sequence[int]:
        """The three states of a phone between two others; without context where the model has none for it."""
        base = self.phones.index(phone)
        wanted = [_POSITIONS.index(position), base, self.phones.index(left), self.phones.index(right)]
        first, count = 0, len(_POSITIONS)
        for context in wanted:
            found = [node for node in range(first, first + count) if self.tree[node, 0] == context]
            if not found:
                return self._states(base)
            _, count, first = self.tree[found[0]]
        return self._states(first if first >= 0 else base)

    def _states(self, number: int) -> Sequence[int]:
        return [int(senone) for senone in self.sequences[self.sequence_of[number]]]


@cache
def model() -> AcousticModel:
    """Raises ModelError where the pocketsphinx package or its model is missing or broken."""
    folder = _folder()
    try:
        return _read(folder)
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise ModelError(
            f"the acoustic model in {folder} cannot be read: {error}", "broken_model", "reinstall pocketsphinx"
        ) from error


def _folder() -> Path:
    """Found without importing the package."""
    spec = util.find_spec("pocketsphinx")
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / "model" / "en-us" / "en-us"
        if folder.is_dir():
            return folder
    raise ModelError("the acoustic model for pronunciation is missing", "no_model", "pip install pocketsphinx")


def _read(folder: Path) -> AcousticModel:
    import numpy as np

    phones, tree, sequence_of, base_of, sequences = _definition((folder / "mdef").read_bytes())
    means, variances = (_gaussians(folder / name, len(phones)) for name in ("means", "variances"))
    variances = np.maximum(variances, _VARIANCE_FLOOR)
    linear, constant = [], []
    for stream in range(3):
        mean, variance = means[:, stream].reshape(-1, _STREAM), variances[:, stream].reshape(-1, _STREAM)
        linear.append(np.vstack([(mean / variance).T, (-0.5 / variance).T]).astype(np.float32))
        offset = -0.5 * (mean**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
        constant.append(offset.astype(np.float32))
    book = np.zeros(sequences.max() + 1, np.int64)
    book[sequences[sequence_of].ravel()] = np.repeat(base_of, STATES)
    return AcousticModel(
        phones=phones,
        linear=tuple(linear),
        constant=tuple(constant),
        weights=_weights((folder / "sendump").read_bytes()),
        senones_of=tuple(np.flatnonzero(book == number) for number in range(len(phones))),
        tree=tree,
        sequence_of=sequence_of,
        sequences=sequences,
    )


def _definition(
    data: bytes,
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int16]]:
    """phones, context tree (context, children, first child or phone), state sequence and base of each phone, and the
    sequences. The format is described in the file itself."""
    import numpy as np

    if data[:4] != b"BMDF":
        raise ValueError("mdef is in another format")
    place = 12 + struct.unpack_from("<i", data, 8)[0]
    count, total, *_, sequences, _, nodes, _ = struct.unpack_from("<10i", data, place)
    place += 40
    names = data[place : place + 20 * count].split(b"\0")[:count]
    length = sum(len(name) + 1 for name in names)
    place += length + -length % 4
    raw = np.frombuffer(data, [("context", "<i2"), ("count", "<i2"), ("down", "<i4")], nodes, place)
    tree = np.stack([raw[name].astype(np.int64) for name in ("context", "count", "down")], axis=1)
    place += 8 * nodes
    phone = np.frombuffer(data, [("sequence", "<i4"), ("transition", "<i4"), ("context", "u1", 4)], total, place)
    base = np.where(np.arange(total) < count, np.arange(total), phone["context"][:, 1].astype(np.int64))
    states = np.frombuffer(data, "<i2", sequences * STATES, place + 12 * total + 4).reshape(sequences, STATES)
    return tuple(name.decode("ascii") for name in names), tree, phone["sequence"], base, states


def _gaussians(path: Path, books: int) -> NDArray[np.float32]:
    """Shape (books, 3 streams, densities, 13)."""
    import numpy as np

    data = path.read_bytes()
    header = data.index(b"endhdr\n") + 7 + 4  # and the mark of byte order
    found, streams, densities = struct.unpack_from("<3i", data, header)
    if (found, streams) != (books, 3):
        raise ValueError(f"{path.name} does not fit mdef")
    return np.frombuffer(data, "<f4", books * 3 * densities * _STREAM, header + 28).reshape(books, 3, -1, _STREAM)


def _weights(data: bytes) -> tuple[Matrix, ...]:
    import numpy as np

    place = 0
    while (length := struct.unpack_from("<i", data, place)[0]) != 0:
        place += 4 + length
    densities, senones = struct.unpack_from("<2i", data, place + 4)
    logs = np.frombuffer(data, np.uint8, 3 * densities * senones, place + 12).reshape(3, densities, senones)
    return tuple(np.exp(-logs.astype(np.float32) * np.float32(_WEIGHT_UNIT * 1e-4)) for logs in logs)
