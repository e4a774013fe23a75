"""What Whisper hears in a recording: the tests' ear, in this process and on the starter checkpoint."""

from __future__ import annotations

from functools import cache

import numpy as np

from aihear_voice import paths


@cache
def _model():
    import torch
    import whisper

    torch.set_num_threads(1)
    return whisper.load_model(str(paths.assets() / "starter.pt"), device="cpu")


def transcribed(samples: np.ndarray) -> str:
    """float32, 16 kHz."""
    return str(_model().transcribe(samples, language="en", fp16=False, condition_on_previous_text=False)["text"])
