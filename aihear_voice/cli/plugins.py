"""aihear plugins: list | new NAME | check [NAME]."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import settings
from ..errors import EXIT_DONE, PluginError, SettingsError
from ..types import Audio, Transcript

if TYPE_CHECKING:
    from ..plugin.cases import Stage
    from ..plugin.check import Finding
    from ..plugin.manifest import Plugin
    from ..settings import Settings


_READINGS = 4  # of each sentence, where one plugin alone is checked


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what is installed, from where, and whether it works")
    listing.add_argument("--json", action="store_true")
    actions.add_parser("new", help="write a small working plugin of your own").add_argument("name")
    checking = actions.add_parser("check", help="everything that is wrong with a plugin, or with all")
    checking.add_argument("name", nargs="?", default="")


def run(arguments: argparse.Namespace) -> int:
    return {"list": _list, "new": _new, "check": _check}[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> int:
    from ..plugin import loader

    plugins = loader.load(settings.load(arguments.set), thorough=True)
    if arguments.json:
        print(json.dumps([_row(plugin) for plugin in plugins], ensure_ascii=False, indent=1))
        return EXIT_DONE
    width = max((len(plugin.name) for plugin in plugins), default=0)
    for plugin in plugins:
        allowed = ", ".join(sorted(plugin.permissions)) or "no permissions"
        print(f"{plugin.name:<{width}}  {plugin.status:<8}  {plugin.origin:<9}  {plugin.summary} ({allowed})")
        if plugin.reason:
            print(f"{'':<{width}}  {plugin.reason}")
    return EXIT_DONE


def _row(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "summary": plugin.summary,
        "status": plugin.status,
        "reason": plugin.reason,
        "origin": plugin.origin,
        "folder": str(plugin.folder),
        "permissions": sorted(plugin.permissions),
        "languages": plugin.languages,
        "intents": list(plugin.intents),
    }


def _new(arguments: argparse.Namespace) -> int:
    from ..plugin import loader, new

    known = {plugin.name: plugin for plugin in loader.load(settings.load(arguments.set), thorough=True)}
    if arguments.name in known:
        taken = known[arguments.name].folder
        raise SettingsError(f"there is a plugin {arguments.name} already: {taken}", "taken", "choose another name")
    folder = new.write(arguments.name)
    print(f"{folder}\nTry it: aihear plugins check {arguments.name}")
    return EXIT_DONE


def _check(arguments: argparse.Namespace) -> int:
    from ..plugin import loader

    chosen = settings.load(arguments.set)
    plugins = loader.load(chosen, thorough=True)
    wanted = [plugin for plugin in plugins if arguments.name in ("", plugin.name)]
    if not wanted:
        raise PluginError(f"there is no plugin {arguments.name}", "no_plugin", "`aihear plugins list` names them")
    usable = loader.usable(plugins)
    stage = _stage(chosen, usable)
    faults = 0
    for plugin in wanted:
        found = [*_findings(plugin, stage), *_collisions(plugin, usable, stage, thoroughly=bool(arguments.name))]
        wrong = sum(finding.fault for finding in found)
        faults += wrong
        print(f"{plugin.name}: {_verdict(plugin, wrong)}")
        for finding in found:
            print(f"  {'fault' if finding.fault else 'note'}: {finding}")
    for name in sorted(chosen.plugin.keys() - {plugin.name for plugin in plugins}):
        faults += 1
        print(f"fault: your settings have a table [plugin.{name}], but there is no such plugin")
    return PluginError.exit_code if faults else EXIT_DONE


def _verdict(plugin: Plugin, wrong: int) -> str:
    if plugin.status in ("disabled", "shadowed"):
        return f"{plugin.status}: {plugin.reason}"
    return f"{wrong} fault{'s' if wrong > 1 else ''}" if wrong else "all is well"


def _stage(chosen: Settings, plugins: Sequence[Plugin]) -> Stage:
    from ..acting.dry import DryPrograms, DryTypist
    from ..mind import build_mind
    from ..plugin.cases import NOW, Stage
    from ..understanding.router import TemplateRouter

    router = TemplateRouter(plugins, chosen.understanding.languages, today=NOW.date)
    services = build_mind(chosen, emit=lambda event: None, dry_run=True, word_times=_no_sound).services
    return Stage(
        router=router,
        languages=tuple(chosen.understanding.languages),
        plugins={plugin.name: plugin for plugin in plugins},
        services=lambda: replace(services, typist=DryTypist(), programs=DryPrograms()),
    )


def _no_sound(_: Audio) -> Transcript:
    raise PluginError("a written sentence has no sound", "no_audio")


def _findings(plugin: Plugin, stage: Stage) -> Iterator[Finding]:
    from ..plugin import check
    from ..plugin.check import Finding

    if plugin.reason and plugin.status in ("broken", "ok"):
        yield Finding("", plugin.reason, fault=True)
    if plugin.status != "ok":
        return
    for wrong in _broken_code_and_cases(plugin, stage):
        yield Finding("", wrong, fault=True)
    yield from check.look(plugin, stage.languages)


def _broken_code_and_cases(plugin: Plugin, stage: Stage) -> Iterator[str]:
    from ..plugin import cases, places

    try:
        for intent in plugin.intents:
            plugin.function(intent)
        played = cases.read(plugin)
    except PluginError as error:
        yield error.message
        return
    if not played:
        yield "it has no cases.toml"
    for number, case in enumerate(played):
        wrong = cases.play(plugin, case, stage)
        if wrong:
            yield f"{places.of_case(plugin.folder, number)}: {wrong}"


def _collisions(plugin: Plugin, plugins: Sequence[Plugin], stage: Stage, thoroughly: bool) -> Iterator[Finding]:
    """As where it was installed by others: at home it would go before them.

    thoroughly: of a shipped plugin, too, and more ways of saying each sentence are tried
    """
    from ..plugin import check
    from ..plugin.cases import NOW
    from ..understanding.router import TemplateRouter

    if plugin.status != "ok" or (plugin.origin == "shipped" and not thoroughly):
        return
    anybody = [replace(each, origin="installed") for each in plugins]
    others = [each for each in anybody if each.name != plugin.name]
    whole, rest = (TemplateRouter(some, stage.languages, today=NOW.date) for some in (anybody, others))
    yield from check.collisions(plugin, whole.route, rest.route, _READINGS if thoroughly else 1)
