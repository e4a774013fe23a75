"""Trained models as plain numbers: boosted trees and ridge regressions, read from an .npz without pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Arrays = Mapping[str, NDArray[Any]]

_LEAF = -1
_FIELDS = ("feature", "threshold", "left", "right", "roots")


@dataclass(frozen=True, eq=False)
class Trees:
    """Regression trees whose outputs add up.

    feature: of each node; -1 for a leaf. threshold: at most that goes left; of a leaf, its value
    left, right: numbers of nodes. roots: of the trees. baseline: what is added to their sum
    """

    feature: NDArray[np.int16]
    threshold: Array
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    roots: NDArray[np.int32]
    baseline: float

    def predict(self, features: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """features: shape (n, features). Returns shape (n,)."""
        import numpy as np

        rows = np.arange(len(features))[:, None]
        node = np.broadcast_to(self.roots, (len(features), len(self.roots))).copy()
        while True:
            feature = self.feature[node]
            inner = feature != _LEAF
            if not inner.any():
                break
            left = features[rows, np.maximum(feature, 0)] <= self.threshold[node]
            node = np.where(inner, np.where(left, self.left[node], self.right[node]), node)
        total: NDArray[np.float64] = self.threshold[node].astype(np.float64).sum(axis=1) + self.baseline
        return total

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        import numpy as np

        fields = {field: getattr(self, field) for field in _FIELDS}
        return {f"{name}.{field}": value for field, value in fields.items()} | {
            f"{name}.baseline": np.array(self.baseline)
        }

    @classmethod
    def read(cls, arrays: Arrays, name: str) -> Trees:
        fields = {field: arrays[f"{name}.{field}"] for field in _FIELDS}
        return cls(**fields, baseline=float(arrays[f"{name}.baseline"]))
