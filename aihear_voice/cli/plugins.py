"""aihear plugins: list | new NAME | check [NAME]."""

from __future__ import annotations

import argparse
import json
import string
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import settings
from ..errors import EXIT_DONE, PluginError, SettingsError
from ..types import Audio, Transcript

if TYPE_CHECKING:
    from ..plugin.cases import Stage
    from ..plugin.manifest import Plugin
    from ..settings import Settings


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

    plugins = loader.load(settings.load(arguments.set))
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

    known = {plugin.name: plugin for plugin in loader.load(settings.load(arguments.set))}
    if arguments.name in known:
        taken = known[arguments.name].folder
        raise SettingsError(f"there is a plugin {arguments.name} already: {taken}", "taken", "choose another name")
    folder = new.write(arguments.name)
    print(f"{folder}\nTry it: aihear plugins check {arguments.name}")
    return EXIT_DONE


def _check(arguments: argparse.Namespace) -> int:
    from ..plugin import loader

    chosen = settings.load(arguments.set)
    plugins = loader.load(chosen)
    wanted = [plugin for plugin in plugins if arguments.name in ("", plugin.name)]
    if not wanted:
        raise PluginError(f"there is no plugin {arguments.name}", "no_plugin", "`aihear plugins list` names them")
    stage = _stage(chosen, loader.usable(plugins))
    faults = 0
    for plugin in wanted:
        wrong = list(_faults(plugin, stage))
        faults += len(wrong)
        print(f"{plugin.name}: {_verdict(plugin, wrong)}")
        for line in wrong:
            print(f"  fault: {line}")
        for line in _untranslated(plugin):
            print(f"  note: {line}")
    for name in sorted(chosen.plugin.keys() - {plugin.name for plugin in plugins}):
        faults += 1
        print(f"fault: your settings have a table [plugin.{name}], but there is no such plugin")
    return PluginError.exit_code if faults else EXIT_DONE


def _verdict(plugin: Plugin, wrong: Sequence[str]) -> str:
    if plugin.status in ("disabled", "shadowed"):
        return f"{plugin.status}: {plugin.reason}"
    return f"{len(wrong)} faults" if wrong else "all is well"


def _stage(chosen: Settings, plugins: Sequence[Plugin]) -> Stage:
    from ..acting.dry import DryPrograms, DryTypist
    from ..mind import build_mind
    from ..plugin.cases import NOW, Stage
    from ..understanding.router import TemplateRouter

    router = TemplateRouter(plugins, chosen.understanding.languages, today=NOW.date)
    services = build_mind(chosen, emit=lambda event: None, dry_run=True, word_times=_no_sound).services
    return Stage(
        router=router,
        plugins={plugin.name: plugin for plugin in plugins},
        services=lambda: replace(services, typist=DryTypist(), programs=DryPrograms()),
    )


def _no_sound(_: Audio) -> Transcript:
    raise PluginError("a written sentence has no sound", "no_audio")


def _faults(plugin: Plugin, stage: Stage) -> Iterator[str]:
    from ..plugin import cases

    if plugin.status == "broken":
        yield plugin.reason
    if plugin.status != "ok":
        return
    try:
        for intent in plugin.intents:
            plugin.function(intent)
        played = cases.read(plugin)
    except PluginError as error:
        yield error.message
        return
    if not played:
        yield "it has no cases.toml"
    for case in played:
        wrong = cases.play(plugin, case, stage)
        if wrong:
            yield wrong


def _untranslated(plugin: Plugin) -> Iterator[str]:
    """Where a language lacks what English has. It falls back to English there."""
    english = plugin.grammars.get("en")
    if plugin.status != "ok" or english is None:
        return
    for language, grammar in plugin.grammars.items():
        missing = [f"sentences for {name}" for name in english.sentences if name not in grammar.sentences]
        missing += [f"answer {key}" for key in english.answers if key not in grammar.answers]
        if missing:
            yield f"sentences/{language}.toml lacks: {', '.join(missing)}"
        for key in english.answers.keys() & grammar.answers.keys():
            strange = _fields(grammar.answers[key]) - _fields(english.answers[key])
            if strange:
                yield f"sentences/{language}.toml, answer {key}: {{{min(strange)}}} is not in the English one"


def _fields(answer: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(answer) if name}
