"""Errors that a person can cause. Each is one line, a hint, and an exit code.

AihearError
├── SettingsError   2
├── DeviceError     3
│   └── CutShort
├── ModelError      4
└── PluginError     5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .types import Insertion

EXIT_DONE = 0
EXIT_FAULT = 1


class AihearError(Exception):
    """message: one line; code: a stable word for programs ("no_microphone"); hint: what to do."""

    exit_code = EXIT_FAULT

    def __init__(self, message: str, code: str = "error", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross from worker processes to the program; the default would lose code and hint.
        return type(self), (self.message, self.code, self.hint)


class SettingsError(AihearError):
    """A setting or an argument is wrong."""

    exit_code = 2


class DeviceError(AihearError):
    """A microphone, loudspeaker, display or key is missing or fails."""

    exit_code = 3


class CutShort(DeviceError):
    """Something stopped a text that was being typed. part: what had been typed; how: that was."""

    def __init__(
        self, message: str, code: str = "error", hint: str = "", part: str = "", how: Insertion | None = None
    ) -> None:
        super().__init__(message, code, hint)
        self.part = part
        self.how = how

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.code, self.hint, self.part, self.how)


class ModelError(AihearError):
    """A model is missing, broken or cannot be had."""

    exit_code = 4


class PluginError(AihearError):
    """A plugin is broken."""

    exit_code = 5
