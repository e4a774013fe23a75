import sys
from importlib import metadata

import pytest

from aihear_voice.errors import PluginError
from aihear_voice.plugin.loader import ENTRY_POINTS, load, load_from, places, usable
from aihear_voice.settings import load as load_settings

GOOD = {
    "plugin.toml": """
name = "demo"
summary = "For tests."
permissions = ["type"]
[settings]
loud = true
times = 3
speed = 1.5
[intents.hello]
[intents.later]
hidden = true
""",
    "sentences/en.toml": """
[intents.hello]
sentences = ["hello [to] {who}", "hi {text:who}"]
[lists.who]
values = ["world"]
[answers]
hello = "Hello, {who}!"
only_here = "Here."
""",
    "sentences/de.toml": """
[intents.hello]
sentences = ["hallo {text:who}"]
[answers]
hello = "Hallo, {who}!"
""",
    "demo.py": """
import sys
sys.aihear_demo_ran = True
from .other import greet
def hello(ctx, who): return greet(who)
def later(ctx, seconds=0): return None
""",
    "other.py": "def greet(who): return 'Hello, ' + who\n",
}


def write(parent, files, name="demo"):
    for path, text in files.items():
        target = parent / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return parent / name, "personal"


@pytest.fixture
def one(tmp_path):
    def build(changes=None, disabled=(), **files):
        overrides = {
            name.replace("__", "/").replace("_toml", ".toml").replace("_py", ".py"): t for name, t in files.items()
        }
        return load_from([write(tmp_path, {**GOOD, **overrides})], {"demo": changes or {}}, disabled)[0]

    return build


def test_a_good_plugin(one):
    plugin = one()
    assert (plugin.status, plugin.reason) == ("ok", "")
    assert plugin.languages == ("en", "de")
    assert plugin.permissions == {"type"}
    assert plugin.examples("de") == ["Hallo …"]
    assert plugin.examples("en") == plugin.examples("fr") == ["Hello world"]


def test_code_runs_only_when_a_function_is_wanted(one):
    if hasattr(sys, "aihear_demo_ran"):
        del sys.aihear_demo_ran
    plugin = one()
    assert not hasattr(sys, "aihear_demo_ran")
    assert plugin.function("hello")(None, "you") == "Hello, you"
    assert sys.aihear_demo_ran


def test_answers_fall_back_to_english(one):
    plugin = one()
    assert plugin.answer("hello", "de", who="Anna") == "Hallo, Anna!"
    assert plugin.answer("hello", "zh", who="Anna") == "Hello, Anna!"
    assert plugin.answer("only_here", "de") == "Here."
    with pytest.raises(PluginError, match="has no answer nothing"):
        plugin.answer("nothing", "en")
    with pytest.raises(PluginError, match="who"):
        plugin.answer("hello", "en")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"plugin_toml": "name = "}, "not valid TOML"),
        ({"plugin_toml": 'name = "demo"\n[intents.hello]'}, "summary"),
        ({"plugin_toml": GOOD["plugin.toml"].replace('"demo"', '"other"')}, "folder"),
        ({"plugin_toml": GOOD["plugin.toml"].replace('"type"', '"everything"')}, "everything"),
        ({"plugin_toml": GOOD["plugin.toml"].replace("summary", "api = 2\nsummary")}, "interface 2"),
        ({"plugin_toml": GOOD["plugin.toml"].replace("hidden", "hiden")}, "hiden"),
        ({"plugin_toml": GOOD["plugin.toml"] + "[intents.more]\n"}, "more has no sentences"),
        ({"plugin_toml": GOOD["plugin.toml"].replace("[intents.later]", "[intents.hello.x]\n[intents.later]")}, "x"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello (world"]'}, "bad template"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello {nobody:who}"]'}, "no list {nobody}"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello <rule> {text:who}"]'}, "no rule <rule>"),
        ({"sentences__en_toml": '[rules]\na = "<a>"\n[intents.hello]\nsentences = ["<a>"]'}, "without end"),
        ({"sentences__en_toml": '[intents.helo]\nsentences = ["hello"]'}, "helo is not in plugin.toml"),
        ({"sentences__en_toml": '[intents.later]\nsentences = ["later"]'}, "later is hidden"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello"]'}, "needs who"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello [{text:who}]"]'}, "needs who"),
        ({"sentences__en_toml": '[intents.hello]\nsentences = ["hello {text:who} {number:n}"]'}, "no parameter n"),
        ({"sentences__en_toml": '[lists.text]\nvalues = ["a"]'}, "built in"),
        ({"sentences__english_toml": "[answers]"}, "language"),
        ({"demo_py": "def hello(ctx, who: return"}, "demo.py:1"),
        ({"demo_py": "def hello(ctx, who): ...\n"}, "no function later"),
        ({"demo_py": "def hello(): ...\ndef later(ctx): ...\n"}, "context first"),
        ({"demo_py": "\0"}, "demo.py"),
    ],
)
def test_a_broken_plugin_says_why(one, files, reason):
    plugin = one(**files)
    assert plugin.status == "broken"
    assert reason in plugin.reason


def test_code_that_fails_is_an_error_of_the_plugin(one):
    plugin = one(demo_py=GOOD["demo.py"].replace("import sys\n", "import sys\n1 / 0\n", 1))
    assert plugin.status == "ok"  # nothing has run yet
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        plugin.function("hello")


def test_a_broken_plugin_leaves_the_others_alone(tmp_path):
    broken = write(tmp_path / "a", {**GOOD, "plugin.toml": "name ="}, "broken")
    good = write(tmp_path / "b", GOOD)
    plugins = load_from([broken, good], {})
    assert [plugin.status for plugin in plugins] == ["broken", "ok"]
    assert [plugin.name for plugin in usable(plugins)] == ["demo"]


def test_the_first_of_a_name_wins(tmp_path):
    first, second = write(tmp_path / "a", GOOD), write(tmp_path / "b", GOOD)
    plugins = load_from([first, second], {})
    assert [plugin.status for plugin in plugins] == ["ok", "shadowed"]
    assert str(first[0]) in plugins[1].reason


def test_a_disabled_plugin_is_not_used(one):
    assert one(disabled=("demo",)).status == "disabled"


def test_the_persons_settings(one):
    assert one({"times": 5, "speed": 2}).settings == {"loud": True, "times": 5, "speed": 2}
    assert "did you mean times?" in one({"tims": 5}).reason
    for wrong in ({"times": "often"}, {"loud": 1}, {"times": True}, {"speed": False}):
        assert one(wrong).status == "broken"


def test_installed_packages_are_found_without_being_imported(tmp_path, monkeypatch):
    write(tmp_path, {**GOOD, "__init__.py": "raise RuntimeError('imported')"}, "demo")
    info = tmp_path / "demo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\ndemo = demo\ngone = no_such_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert metadata.entry_points(group=ENTRY_POINTS).names >= {"demo"}
    assert (tmp_path / "demo", "installed") in places()


def test_the_shipped_and_the_persons_own(home):
    write(home / "config" / "aihear" / "plugins", GOOD)
    write(home / "config" / "aihear" / "plugins", {**GOOD, "plugin.toml": 'name = "clock"'}, "clock")
    plugins = load(load_settings(env={}))
    assert [(p.origin, p.status) for p in plugins if p.name == "demo"] == [("personal", "ok")]
    assert [(p.origin, p.status) for p in plugins if p.name == "clock"] == [("shipped", "ok"), ("personal", "shadowed")]
