"""What stands on a clipboard: one thing in several formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DeviceError

Content = Mapping[str, bytes]  # by format: a MIME type such as image/png, or an X11 target such as UTF8_STRING

LARGEST = 16 * 1024 * 1024  # bytes of one format that are kept


def one_picture(formats: Sequence[str]) -> list[str]:
    """Owners offer one picture in a dozen formats and make each when asked: one of them is enough, and comes first."""
    pictures = [name for name in formats if name.startswith("image/")]
    best = ["image/png"] if "image/png" in pictures else pictures[:1]
    return best + [name for name in formats if name not in pictures]


def taken() -> DeviceError:
    hint = "close clipboard managers that keep what others copy"
    return DeviceError("another program keeps the clipboard", "clipboard_taken", hint)
