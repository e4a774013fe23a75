"""Small networks through onnxruntime, on the thread that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load(path: Path) -> Any:
    """An onnxruntime.InferenceSession. Raises ImportError, and what onnxruntime raises for a broken file."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # it warns of weights that a network does not use
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
