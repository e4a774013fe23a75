"""Files inside the installed openai-whisper package: found without importing it, because that imports torch."""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError


@functools.cache
def package() -> Path:
    """The folder of openai-whisper. Raises ModelError."""
    spec = importlib.util.find_spec("whisper")
    if spec is None or spec.origin is None:
        raise ModelError("openai-whisper is not installed", "no_whisper", "install it: pip install openai-whisper")
    return Path(spec.origin).parent


def literal(module: str, name: str) -> Mapping[str, Any]:
    """A table that a module of openai-whisper assigns to NAME, read from its source. Raises ModelError."""
    for node in ast.parse((package() / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            table: Mapping[str, Any] = ast.literal_eval(node.value)
            return table
    raise ModelError(
        f"this openai-whisper has no {name}", "unknown_whisper", "install the version that pyproject.toml names"
    )


@functools.cache
def language_codes() -> tuple[str, ...]:
    """Whisper's languages in the order of their tokens."""
    return tuple(literal("tokenizer.py", "LANGUAGES"))
