"""Plugins are read anew when they are saved."""

import threading

import pytest

from aihear_voice.mind import build_mind
from aihear_voice.plugin import new
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.watch import PluginWatch
from aihear_voice.settings import load


@pytest.fixture
def mind(home):
    folder = new.write("my_cat")
    mind = build_mind(load(env={}), emit=lambda event: None, dry_run=True, word_times=None)
    return folder, mind


def answer(mind, text):
    match = mind.router.route(text, "en", "assist")
    return match and perform(mind.by_name[match.plugin], mind.services, match, text).text


def test_a_saved_change_is_there_after_reading_anew(mind):
    folder, mind = mind
    assert answer(mind, "Tell my cat about puppies.") == "I know nothing about dogs yet."
    mind.services.alarms.add(5.0, "clock", "ring", {}, "en")
    (folder / "extra.py").write_text("WORD = 'one'\n")
    code = (folder / "my_cat.py").read_text()
    (folder / "my_cat.py").write_text(f"from .extra import WORD\n{code}".replace("return ", "return WORD + "))
    code = (folder / "my_cat.py").read_text()
    (folder / "my_cat.py").write_text(
        code.replace("from .extra import WORD\n", "", 1).replace(
            "from aihear", "from .extra import WORD\nfrom aihear", 1
        )
    )
    sentences = (folder / "sentences/en.toml").read_text()
    (folder / "sentences/en.toml").write_text(sentences.replace('["(tell', '["meow {text:topic}", "(tell'))
    mind = mind.reloaded()
    assert answer(mind, "Meow tuna.") == "oneI know nothing about tuna yet."
    (folder / "extra.py").write_text("WORD = 'another'\n")
    mind = mind.reloaded()
    assert answer(mind, "Meow tuna.") == "anotherI know nothing about tuna yet."
    assert len(mind.services.alarms.all()) == 1  # what it has set stays


def test_a_mistake_takes_only_that_plugin_away(mind):
    folder, mind = mind
    (folder / "plugin.toml").write_text("name = ")
    mind = mind.reloaded()
    assert "my_cat" not in mind.by_name
    assert [plugin.status for plugin in mind.plugins if plugin.name == "my_cat"] == ["broken"]
    assert answer(mind, "What time is it?")


def test_saving_is_noticed_once(mind):
    folder, _ = mind
    told = threading.Semaphore(0)
    watch = PluginWatch(told.release, every_s=0.02)
    watch.start()
    try:
        assert not told.acquire(timeout=0.2)
        (folder / "cases.toml").write_text("# none\n")
        assert told.acquire(timeout=10)
        assert not told.acquire(timeout=0.2)
        (folder / "extra.py").write_text("")
        assert told.acquire(timeout=10)
    finally:
        watch.stop()
