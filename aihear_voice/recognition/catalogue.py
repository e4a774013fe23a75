"""The official Whisper checkpoints: names, addresses and checksums, as the installed openai-whisper states them.

An address carries the SHA-256 of its file as its last folder.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from .assets import literal

# Megabytes of the files and of the memory that float32 inference takes, smallest first.
_SIZES = {"tiny": (75, 600), "base": (145, 800), "small": (480, 1900), "medium": (1500, 4800)}
_SIZES |= {"large-v3-turbo": (1620, 5200), "large-v1": (3090, 9500), "large-v2": (3090, 9500), "large-v3": (3090, 9500)}


@dataclass(frozen=True, slots=True)
class Official:
    """name: canonical, as the file is called; download_mb and memory_mb: megabytes, rounded."""

    name: str
    url: str
    sha256: str
    download_mb: int
    memory_mb: int

    @property
    def english_only(self) -> bool:
        return self.name.endswith(".en")


@functools.cache
def official() -> Mapping[str, Official]:
    """By name, aliases ("turbo", "large") included; smallest first. Raises ModelError."""
    found: dict[str, Official] = {}
    for name, url in literal("__init__.py", "_MODELS").items():
        parts = PurePosixPath(urlsplit(url).path).parts
        canonical = parts[-1].removesuffix(".pt")
        size = _SIZES.get(canonical.removesuffix(".en"), (0, 0))
        found[name] = Official(canonical, url, parts[-2], *size)
    order = list(_SIZES)
    return dict(sorted(found.items(), key=lambda item: order.index(item[1].name.removesuffix(".en"))))
