"""A plugin's cases.toml: what people say, and what must come of it. Run with all plugins loaded.

[[case]]
language = "en"              # the default
say = "Set a timer for ten minutes."
intent = "start_timer"       # "" where nothing of this plugin may match
slots = { seconds = 600 }    # where given, all of them
reply = "Timer set for 10 minutes."  # where given: the reply, or a regular expression for all of it
purpose = "assist"           # the default
before = ["…"]               # sentences that are carried out first

Nothing has an effect, alarms and stores begin empty, and it is always 10:00 on Monday, the 4th of March 2030.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from ..errors import AihearError, PluginError
from ..ports import Router, Store
from ..types import Match, Purpose
from .alarms import Alarms
from .call import perform
from .context import Services
from .deeds import Deeds
from .manifest import Plugin
from .store import MemoryStore

NOW = datetime(2030, 3, 4, 10, 0)


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    say: str
    intent: str
    language: str = "en"
    slots: dict[str, Any] | None = None
    reply: str | None = None
    purpose: Purpose = "assist"
    before: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Stage:
    """Where cases are played.

    router: with `today` on NOW's day; services: fresh ones that have no effects; languages: those that are spoken
    """

    router: Router
    plugins: Mapping[str, Plugin]
    services: Callable[[], Services]
    languages: tuple[str, ...] = ()


def read(plugin: Plugin) -> tuple[Case, ...]:
    """() where there is no cases.toml. Raises PluginError."""
    path = plugin.folder / "cases.toml"
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).case
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise PluginError(f"plugin {plugin.name}, cases.toml: {error}", "bad_cases") from error


def play(plugin: Plugin, case: Case, stage: Stage) -> str:
    """What is wrong, in one line; "" where all is as it should be."""
    earlier = _earlier(case, stage)
    match = _meant(case.say, case, stage, earlier[-1] if earlier else None)
    ours = match is not None and match.plugin == plugin.name
    found = f"{match.plugin}.{match.intent} {dict(match.slots)}" if match else "nothing"
    where = f"{case.language}: {case.say!r}"
    if not case.intent:
        return f"{where} must match nothing of {plugin.name}, but matches {found}" if ours else ""
    if match is None or not ours or match.intent != case.intent:
        return f"{where} must match {case.intent}, but matches {found}"
    if case.slots is not None and dict(match.slots) != case.slots:
        return f"{where} must fill {case.slots}, but fills {dict(match.slots)}"
    return _wrong_reply(match, case, stage, where, earlier) if case.reply is not None else ""


def _meant(sentence: str, case: Case, stage: Stage, former: Match | None) -> Match | None:
    return stage.router.understand(sentence, case.language, case.purpose, former).match


def _earlier(case: Case, stage: Stage) -> list[Match | None]:
    """What the sentences mean that are said before it, each with the one before."""
    found: list[Match | None] = []
    for sentence in case.before:
        found.append(_meant(sentence, case, stage, found[-1] if found else None))
    return found


def _wrong_reply(match: Match, case: Case, stage: Stage, where: str, before: Sequence[Match | None]) -> str:
    services = _empty(stage.services())
    try:
        for sentence, earlier in zip(case.before, before, strict=True):
            if earlier is None:
                return f"{where}: before it, {sentence!r} matches nothing"
            perform(stage.plugins[earlier.plugin], services, earlier, sentence)
        said = perform(stage.plugins[match.plugin], services, match, case.say).text
    except AihearError as error:
        said = error.message
    wanted = case.reply or ""
    if said == wanted or re.fullmatch(wanted, said):
        return ""
    return f"{where} must answer {wanted!r}, but answers {said!r}"


def _empty(services: Services) -> Services:
    stores: dict[str, Store] = {}

    def store(name: str) -> Store:
        return stores.setdefault(name, MemoryStore())

    return replace(services, alarms=Alarms(None), store=store, now=NOW.astimezone, deeds=Deeds(), dry_run=True)
