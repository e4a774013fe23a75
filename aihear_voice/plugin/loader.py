"""Finds plugins: those that come with the program, the person's own, and installed packages.

The first of a name wins; later ones are kept with the status "shadowed". A broken plugin is kept with its
reason. None of them is run here. Those that come with the program were checked before it was shipped: they are looked
into no further than needed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import metadata, util
from pathlib import Path
from typing import Any

from .. import paths
from ..errors import PluginError
from ..settings import Settings
from . import code, manifest, templates
from .manifest import Plugin, Status

ENTRY_POINTS = "aihear_voice.plugins"
SHIPPED = "shipped"
_OF_PLUGINS = (".py", ".toml")
Place = tuple[Path, str]  # a plugin's folder, and its origin


def load(settings: Settings, thorough: bool = False) -> tuple[Plugin, ...]:
    """All plugins with their status; those to be used are `usable(...)` of them.

    thorough: also those that come with the program are checked, which takes half a second
    """
    return load_from(places(), settings.plugin, settings.plugins.disabled, thorough)


def usable(plugins: Iterable[Plugin]) -> tuple[Plugin, ...]:
    return tuple(plugin for plugin in plugins if plugin.status == "ok")


def load_from(
    found: Iterable[Place],
    changes: Mapping[str, Mapping[str, Any]],
    disabled: Sequence[str] = (),
    thorough: bool = False,
) -> tuple[Plugin, ...]:
    """changes: the person's settings by plugin."""
    loaded: list[Plugin] = []
    first: dict[str, Plugin] = {}
    for folder, origin in found:
        plugin = load_one(folder, origin, changes.get(folder.name, {}), thorough)
        if plugin.name in first:
            reason = f"{first[plugin.name].folder} has the same name and was found first"
            plugin = _without(plugin, "shadowed", reason)
        elif plugin.name in disabled:
            plugin = _without(plugin, "disabled", "plugins.disabled in your settings")
        first.setdefault(plugin.name, plugin)
        loaded.append(plugin)
    return tuple(loaded)


class _Kinds(Mapping[str, Mapping[str, frozenset[str]]]):
    """Plugin.kinds, found out when something is to be done."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    @cached_property
    def _kinds(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        return templates.kinds(templates.check(self._plugin))

    def __getitem__(self, intent: str) -> Mapping[str, frozenset[str]]:
        return self._kinds[intent]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


def load_one(folder: Path, origin: str, changes: Mapping[str, Any], thorough: bool = False) -> Plugin:
    """Never raises for what is wrong with the plugin: see its status."""
    try:
        plugin = manifest.read(folder, origin)
    except PluginError as error:
        return Plugin(folder.name, folder, origin, status="broken", reason=error.message)
    try:
        kinds = _checked(plugin) if thorough or origin != SHIPPED else _Kinds(plugin)
        chosen = manifest.with_settings(plugin.defaults, changes, plugin.name)
        plugin = replace(plugin, settings=chosen, kinds=kinds)
    except PluginError as error:
        return _without(plugin, "broken", error.message)
    # Only settings can add sentences: without a change of the person's, no code runs at loading.
    return _with_extra(plugin) if changes and code.has_extra_sentences(plugin) else plugin


def _checked(plugin: Plugin) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Its kinds. Raises PluginError for the first fault."""
    slots = templates.check(plugin)
    code.check(plugin, slots)
    return templates.kinds(slots)


def _with_extra(plugin: Plugin) -> Plugin:
    """With the sentences of the person's settings; where these are wrong, without them, and with the reason."""
    try:
        extra = code.extra_sentences(plugin)
        where = f"plugin.{plugin.name} in your settings"
        slots = {
            intent: [templates.slots(text, grammar, where) for grammar in plugin.grammars.values() for text in texts]
            for intent, texts in extra.items()
        }
    except PluginError as error:
        return replace(plugin, reason=error.message)
    grammars = {
        language: replace(grammar, sentences={**grammar.sentences, **extra})
        for language, grammar in plugin.grammars.items()
    }
    return replace(plugin, grammars=grammars, kinds={**plugin.kinds, **templates.kinds(slots)}, extra=frozenset(extra))


def _without(plugin: Plugin, status: Status, reason: str) -> Plugin:
    return replace(plugin, status=status, reason=reason)


def places() -> list[Place]:
    """Where plugins are, in the order in which they win."""
    return [
        *((folder, SHIPPED) for folder in _folders(paths.shipped_plugins())),
        *((folder, "personal") for folder in _folders(paths.personal_plugins())),
        *((folder, "installed") for folder in _installed()),
    ]


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path.parent for path in parent.glob("*/plugin.toml"))


def _installed() -> Iterator[Path]:
    """An entry point names a package (or a module) beside whose code plugin.toml lies; it is not imported."""
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        try:
            spec = util.find_spec(entry.module)
        except (ImportError, ValueError):  # its package is half removed
            continue
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent
        elif spec is not None and spec.submodule_search_locations:  # a folder without __init__.py is one, too
            yield from (Path(folder) for folder in list(spec.submodule_search_locations)[:1])


def state() -> tuple[tuple[str, int, int], ...]:
    """All files of all plugins with their dates and sizes: another value means that something has changed."""
    files = (path for folder, _ in places() for path in sorted(folder.rglob("*")) if path.suffix in _OF_PLUGINS)
    found = []
    for path in files:
        with contextlib.suppress(OSError):  # an editor is just replacing it
            status = path.stat()
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
