"""Every plugin's cases.toml, with all plugins loaded, so that collisions show."""

from dataclasses import replace

import pytest

from aihear_voice.acting.dry import DryPrograms, DryTypist
from aihear_voice.plugin import cases, loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.settings import load
from aihear_voice.types import Match
from aihear_voice.understanding import values
from aihear_voice.understanding.router import TemplateRouter

_settings = load(env={})
PLUGINS = loader.load_from([place for place in loader.places() if place[1] == "shipped"], {}, thorough=True)
CASES = [(plugin, case) for plugin in PLUGINS for case in cases.read(plugin)]


@pytest.fixture(scope="module")
def stage():
    usable = loader.usable(PLUGINS)
    router = TemplateRouter(usable, _settings.understanding.languages, today=cases.NOW.date)
    services = Services(
        typist=DryTypist(),
        programs=DryPrograms(),
        alarms=Alarms(None),
        store=lambda name: MemoryStore(),
        emit=lambda event: None,
        now=cases.NOW.astimezone,
        plugins=lambda: PLUGINS,
        word_times=None,
        suggest=router.suggest,
        values=lambda text, language: values.named(text, language, cases.NOW.date()),
        dry_run=True,
    )
    return cases.Stage(router, {p.name: p for p in usable}, lambda: replace(services, typist=DryTypist()))


@pytest.mark.parametrize("plugin", PLUGINS, ids=[plugin.name for plugin in PLUGINS])
def test_it_loads_and_has_cases(plugin):
    assert (plugin.status, plugin.reason) == ("ok", "")
    assert cases.read(plugin)
    for intent in plugin.intents:
        assert callable(plugin.function(intent))


@pytest.mark.parametrize(("plugin", "case"), CASES, ids=[f"{p.name}:{c.say[:40]}" for p, c in CASES])
def test_case(plugin, case, stage):
    assert cases.play(plugin, case, stage) == ""


@pytest.mark.parametrize("language", _settings.understanding.languages)
def test_every_example_is_understood(language, stage):
    """What help and suggestions tell people to say must work."""
    for plugin in loader.usable(PLUGINS):
        for intent in plugin.intents:
            for example in plugin.examples_of(intent, language) if "assist" in plugin.intents[intent].purposes else ():
                before = plugin.intents[intent].follows
                former = Match(plugin.name, before[0], {}, 1.0) if before else None
                match = stage.router.understand(example.replace("…", "something"), language, "assist", former).match
                assert match is not None, example
                assert (match.plugin, match.intent) == (plugin.name, intent), example
