"""Fetch a file whose SHA-256 is known; a download that was cut goes on where it stopped."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ModelError

Progress = Callable[[int, int], None]  # bytes on disk, bytes in all (0 where unknown)

_BLOCK = 1 << 20
_ATTEMPTS = 5  # in a row without a new byte
_SPARE = 64 << 20  # bytes of the disk that stay free
_AGAIN = "run the same command again: what has arrived is kept"


def fetch(url: str, target: Path, sha256: str, progress: Progress, pause_s: float = 1.0) -> None:
    """Into TARGET.part, and renamed once the checksum is right.

    pause_s: seconds before a cut connection is tried again. Raises ModelError.
    """
    with _writable(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    failures = 0
    while True:
        before = _size(part)
        try:
            if _receive(url, part, progress):
                break
            problem = "the connection was cut"
        except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
            problem = str(error) or type(error).__name__
        failures = 0 if _size(part) > before else failures + 1
        if failures >= _ATTEMPTS:
            raise ModelError(f"download of {target.stem} stopped: {problem}", "download_cut", _AGAIN)
        time.sleep(pause_s)
    if digest(part) != sha256:
        part.unlink()
        raise ModelError(
            f"{target.stem} arrived damaged: its SHA-256 is wrong",
            "checksum",
            "it was thrown away; run the same command again",
        )
    part.replace(target)


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal. Raises ModelError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", "unreadable", "check the file") from error


def _receive(url: str, part: Path, progress: Progress) -> bool:
    """Append what comes; True once all of it is there."""
    have = _size(part)
    try:
        response = _open(url, have)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing is left to send: the checksum will tell whether that is right
            return True
        raise _refused(url, f"{error.code} {error.reason}", "http") from error
    except urllib.error.URLError as error:
        raise _refused(url, str(getattr(error.reason, "strerror", None) or error.reason), "offline") from error
    with response:
        if response.status != 206:  # the server cannot continue a file: from the beginning
            have = 0
        left = int(response.headers.get("Content-Length") or 0)
        _check_space(part, left)
        return _append(response, part, have, left, progress)


def _open(url: str, have: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "aihear"} | ({"Range": f"bytes={have}-"} if have else {})
    response: http.client.HTTPResponse = urllib.request.urlopen(
        urllib.request.Request(url, headers=headers), timeout=30
    )
    return response


def _append(response: http.client.HTTPResponse, part: Path, have: int, left: int, progress: Progress) -> bool:
    total = have + left if left else 0
    with _writable(part), part.open("ab" if have else "wb") as file:
        # A cut connection reads as an early end, or as an error, which `fetch` takes for the same.
        while block := _read(response):
            file.write(block)
            have += len(block)
            progress(have, total)
    return have >= total


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_BLOCK)
    except OSError as error:
        raise http.client.HTTPException(str(error)) from error


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}", "unwritable", "check the disk") from error


def _refused(url: str, reason: str, code: str) -> ModelError:
    hint = f"{_AGAIN}; or fetch {url} elsewhere, then `aihear models import FILE`"
    if code == "offline":
        return ModelError(f"cannot reach {urlsplit(url).netloc}: {reason}", code, hint)
    return ModelError(f"{urlsplit(url).netloc} does not hand out {Path(url).name}: {reason}", code, hint)


def _check_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed + _SPARE:
        raise ModelError(
            f"not enough room in {part.parent}: {needed >> 20} MB needed, {free >> 20} MB free",
            "no_space",
            "make room, then run the same command again",
        )


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0
