"""What the processor of this computer can do."""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_X86 = ("x86_64", "amd64", "i386", "i686")
_AVX512 = {"avx512f", "avx512cd", "avx512vl", "avx512bw", "avx512dq"}


def has_avx512() -> bool:
    """All of it that CTranslate2's build for it needs."""
    return _instructions() >= _AVX512


def overflows() -> bool:
    """Whether sums of byte products go through 16 bits: x86 without VNNI, or where that cannot be known."""
    return platform.machine().lower() in _X86 and not _instructions() & {"avx512_vnni", "avx_vnni"}


def _instructions() -> set[str]:
    """Names as Linux writes them; elsewhere none."""
    with contextlib.suppress(OSError, StopIteration):
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
        return set(next(line for line in lines if line.startswith("flags")).split())
    return set()
