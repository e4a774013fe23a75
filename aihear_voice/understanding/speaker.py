"""What understanding needs of a plugin, without knowing plugins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from ..types import Purpose


class Sentences(Protocol):
    """One language of a plugin: what plugin.manifest.Grammar holds."""

    @property
    def sentences(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def lists(self) -> Mapping[str, tuple[tuple[str, Any], ...]]: ...

    @property
    def rules(self) -> Mapping[str, str]: ...


class Declared(Protocol):
    """What plugin.toml says of an intent."""

    @property
    def purposes(self) -> tuple[Purpose, ...]: ...

    @property
    def follows(self) -> tuple[str, ...]: ...


class Speaker(Protocol):
    """What the router needs of a plugin."""

    @property
    def name(self) -> str: ...

    @property
    def own(self) -> Collection[str]:
        """Intents whose sentences the person wrote."""

    @property
    def grammars(self) -> Mapping[str, Sentences]: ...

    @property
    def intents(self) -> Mapping[str, Declared]: ...

    def examples_of(self, intent: str, language: str) -> list[str]: ...
