"""A plugin of ours at work on a written sentence: the real router, real files, no window."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from aihear_voice import paths
from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.acting.programs import DesktopPrograms
from aihear_voice.errors import AihearError
from aihear_voice.events import Event, Ran
from aihear_voice.plugin import Reply, loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.manifest import Plugin
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.types import Match
from aihear_voice.understanding import values
from aihear_voice.understanding.router import TemplateRouter

LANGUAGES = ("en", "de", "es", "fr", "zh")
NOW = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)


@cache
def _plain(name: str) -> Plugin:
    return loader.load_one(paths.shipped_plugins() / name, "shipped", {})


@cache
def _router(name: str) -> TemplateRouter:
    """Compiled once for all desks."""
    return _router_of(_plain(name))


def _router_of(plugin: Plugin) -> TemplateRouter:
    return TemplateRouter([plugin], LANGUAGES, today=NOW.date)


class Desk:
    """home: the only folder in which plugins may touch files; changes: settings of the plugin"""

    def __init__(self, name: str, home: Path | None = None, dry: bool = False, **changes: object) -> None:
        self.plugin = loader.load_one(paths.shipped_plugins() / name, "shipped", changes)
        assert self.plugin.reason == ""
        own = self.plugin.grammars != _plain(name).grammars  # sentences of the settings
        self.router = _router_of(self.plugin) if own else _router(name)
        self.events: list[Event] = []
        self.typist = DryTypist()
        self.reply = Reply()
        store = MemoryStore()
        self.services = Services(
            typist=self.typist, programs=DryPrograms() if dry else DesktopPrograms(), alarms=Alarms(None),
            store=lambda name: store, emit=self.events.append, now=lambda: NOW, plugins=lambda: (self.plugin,),
            word_times=None, suggest=self.router.suggest,
            values=lambda text, language: values.named(text, language, date(2030, 3, 4)),
            folders=(str(home),) if home else (), dry_run=dry,
        )  # fmt: skip

    def say(self, text: str, language: str = "en") -> str:
        """The answer, or the error's message; "" where nothing matches."""
        match = self.router.route(text, language, "assist")
        if match is None:
            return ""
        return self.call(match.intent, text, language, **match.slots)

    def call(self, intent: str, text: str = "", language: str = "en", /, **slots: object) -> str:
        try:
            self.reply = perform(
                self.plugin, self.services, Match(self.plugin.name, intent, slots, 1.0, language), text
            )
        except AihearError as error:
            return error.message
        return self.reply.text

    @property
    def ran(self) -> list[tuple[str, ...]]:
        return [event.argv for event in self.events if isinstance(event, Ran) and event.method == "run"]
