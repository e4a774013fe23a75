"""Small networks through onnxruntime, on the thread that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load(path: Path, threads: int = 1, arena: bool = True) -> Any:
    """An onnxruntime.InferenceSession. Raises ImportError, and what onnxruntime raises for a broken file.

    arena: keep the memory of a run for the next; for sounds of any length that is room for the longest so far.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # it warns of weights that a network does not use
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = arena
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
