"""What `aihear plugins check` tells an author, from the files alone."""

import pytest

from aihear_voice.plugin import check
from aihear_voice.plugin.loader import load_one, usable
from aihear_voice.understanding.router import TemplateRouter

MANIFEST = """name = "demo"
summary = "For tests."
permissions = [PERMISSIONS]
[intents.hello]
[intents.delete_all]
"""
SENTENCES = """[intents.hello]
sentences = ["hello <who>", "greet {text:name}"]
[intents.delete_all]
sentences = ["throw it all away"]
[rules]
who = "[dear] {person:name}"
nobody = "nobody"
[lists.person]
values = ["world"]
[lists.animal]
values = ["cat"]
[answers]
hello = "Hello, {name}!"
what_cat = "A cat."
gone = "Gone."
"""
CODE = """import json
def hello(ctx, name, loud=False):
    kind = "cat"
    ctx.t(f"what_{kind}")
    return ctx.t("hello", name=name)
def delete_all(ctx):
    return None
"""


@pytest.fixture
def make(tmp_path):
    def write(code=CODE, permissions="", name="demo", sentences=SENTENCES, **languages):
        folder = tmp_path / name
        (folder / "sentences").mkdir(parents=True)
        (folder / "plugin.toml").write_text(MANIFEST.replace("PERMISSIONS", permissions).replace("demo", name))
        for language, text in {"en": sentences, **languages}.items():
            (folder / "sentences" / f"{language}.toml").write_text(text)
        (folder / f"{name}.py").write_text(code)
        plugin = load_one(folder, "personal", {})
        assert plugin.reason == ""
        return plugin

    return write


def told(findings, fault=None):
    return [str(finding) for finding in findings if fault is None or finding.fault == fault]


@pytest.mark.parametrize(
    ("line", "permission"),
    [
        ("ctx.run(['ls'])", "run"), ("ctx.call(['ls'])", "run"), ("ctx.type('x')", "type"), ("ctx.path(a, b)", "files"),
        ("import subprocess", "run"), ("from urllib.request import urlopen", "network"), ("import requests", "network"),
        ("os.system('ls')", "run"), ("open('a', 'w')", "files"), ("open('a', mode='ab')", "files"),
        ("Path('a').write_text('b')", "files"), ("self._ctx.press('enter')", "type"),
    ],
)  # fmt: skip
def test_a_permission_that_the_code_needs_and_nobody_asked_for(make, line, permission):
    code = CODE.replace("    kind", f"    {line}\n    kind")
    found = told(check.permissions(make(code)))
    assert len(found) == 1
    assert found[0].startswith("demo.py:3: ")
    assert f'needs the permission "{permission}"' in found[0]
    assert told(check.permissions(make(code, f'"{permission}"', "other"))) == []


@pytest.mark.parametrize("line", ["open('a')", "json.loads('1')", "'a'.replace('b', 'c')", "name.press = 1"])
def test_what_needs_none(make, line):
    assert told(check.permissions(make(CODE.replace("    kind", f"    {line}\n    kind")))) == []


def test_a_permission_that_is_not_used_is_noted(make):
    (note,) = check.permissions(make(permissions='"run"'))
    assert (note.fault, str(note)[:16]) == (False, "plugin.toml:3: t")


def test_what_is_unused_missing_or_unguarded(make):
    found = told(check.look(make(de='[answers]\nhello = "Hallo, {nam}!"\n'), ["en", "de", "fr"]))
    for wanted in (
        "demo.py:2: no sentence fills the slot loud of hello",
        "sentences/en.toml:10: no sentence uses the list {animal}",
        "sentences/en.toml:7: no sentence uses the rule <nobody>",
        "sentences/en.toml:15: no code gives the answer gone",
        "sentences/: it speaks no fr: add sentences/fr.toml",
        "sentences/de.toml: it lacks: sentences for hello, sentences for delete_all, answer what_cat, answer gone",
        "sentences/de.toml:2: answer hello: {nam} is not in the English one",
        "plugin.toml:5: delete_all asks nobody first: set confirm = true, or return Reply(undo=…)",
    ):
        assert wanted in found
    assert len(found) == 8


def test_sentences_that_another_plugin_has_too(make):
    one = make(name="one")
    two = make(name="two", sentences=SENTENCES.replace('"greet {text:name}"', '"good day {text:name}"'))
    plugins = usable([one, two])
    whole, rest = TemplateRouter(plugins, ["en"]), TemplateRouter([two], ["en"])
    found = told(check.collisions(one, whole.route, rest.route), fault=True)
    assert len(found) == 2
    assert found[0].startswith("sentences/en.toml:2: “Hello world”")
    assert "two.hello" in found[0]
    assert "Throw it all away" in found[1]


def replaced(file, old, new):
    return lambda folder: (folder / file).write_text((folder / file).read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (replaced("plugin.toml", "[intents.h", "api = 3\n[intents.h"), "plugin.toml:4: it is written for plugin"),
        (replaced("plugin.toml", '"For tests."', ""), "plugin.toml:2: not valid TOML"),
        (replaced("plugin.toml", "[intents.d", "hiden = 1\n[intents.d"), "plugin.toml:5: "),
        (replaced("sentences/en.toml", "hello <who>", "hello (<who>"), "sentences/en.toml:2: bad template"),
        (replaced("sentences/en.toml", "text:name", "text:nam"), "demo.py:2: function hello has no parameter nam"),
        (replaced("demo.py", "):", ")", ), "demo.py:2: "),
        (replaced("demo.py", "ctx, name, loud=False", "ctx"), "fills (sentences/en.toml:2)"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(make, change, place):
    folder = make().folder
    change(folder)
    assert place in load_one(folder, "personal", {}).reason
