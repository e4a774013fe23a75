import json
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from aihear_voice import paths
from aihear_voice.cli import main


@pytest.fixture
def aihear(home, capsys):
    def call(*words):
        code = main(["plugins", *words])
        out, err = capsys.readouterr()
        return code, out, err

    call.folder = home / "config" / "aihear" / "plugins"
    return call


def test_list(aihear):
    code, out, _ = aihear("list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["clock"]["status"] == "ok"
    assert rows["clock"]["permissions"] == []
    assert rows["clock"]["origin"] == "shipped"
    assert {"en", "de", "es", "zh"} <= set(rows["clock"]["languages"])
    assert "clock" in aihear("list")[1]


def test_a_new_plugin_works_at_once(aihear, capsys):
    code, out, _ = aihear("new", "my_cat")
    assert code == 0
    assert str(aihear.folder / "my_cat") in out
    code, out, _ = aihear("check", "my_cat")
    note = "  note: sentences/: it speaks no de, es, fr, zh: add sentences/de.toml"
    assert (code, out.splitlines()) == (0, ["my_cat: all is well", note])
    assert main(["ask", "Tell my cat about puppies.", "--dry-run"]) == 0
    assert capsys.readouterr().out.strip() == "I know nothing about dogs yet."


@pytest.mark.parametrize("name", ["My Cat", "1st", "../up", "clock", "a-b", ""])
def test_names_that_cannot_be(aihear, name):
    code, _, err = aihear("new", name)
    assert code == 2
    assert err.startswith("aihear: ")
    assert not aihear.folder.exists()


def test_check_tells_what_is_wrong(aihear):
    aihear("new", "my_cat")
    folder = aihear.folder / "my_cat"
    cases = folder / "cases.toml"
    cases.write_text(cases.read_text().replace('topic = "dogs"', 'topic = "cats"'))
    code, out, _ = aihear("check", "my_cat")
    assert code == 5
    assert "must fill {'topic': 'cats'}, but fills {'topic': 'dogs'}" in out
    (folder / "my_cat.py").write_text("import nothing_of_that_name\ndef talk_about(ctx, topic): ...\n")
    code, out, _ = aihear("check", "my_cat")
    assert code == 5
    assert "my_cat.py:1: plugin my_cat cannot be loaded: ModuleNotFoundError" in out
    assert "nothing_of_that_name" in out
    assert aihear("check", "help")[1].startswith("help: all is well")  # the others are none the worse


def test_check_notes_what_is_not_translated(aihear):
    aihear("new", "my_cat")
    (aihear.folder / "my_cat" / "sentences" / "de.toml").write_text('[answers]\ntalk = "Nichts über {thema}."\n')
    code, out, _ = aihear("check", "my_cat")
    assert code == 5  # an answer that cannot be given
    assert "sentences/de.toml: it lacks: sentences for talk_about, answer talk_politely" in out
    assert "sentences/de.toml:2: answer talk: {thema} is not in the English one" in out


def test_check_of_a_plugin_that_is_not_there(aihear):
    code, _, err = aihear("check", "nobody")
    assert code == 5
    assert "nobody" in err


def test_settings_for_a_plugin_that_is_not_there(aihear):
    aihear.folder.parent.mkdir(parents=True)
    (aihear.folder.parent / "settings.toml").write_text("[plugin.clok]\nhours = '24'\n")
    code, out, _ = aihear("check", "help")
    assert code == 5
    assert "plugin.clok" in out


def test_check_finds_a_sentence_that_another_plugin_has(aihear):
    aihear("new", "my_cat")
    path = aihear.folder / "my_cat" / "sentences" / "en.toml"
    path.write_text(
        path.read_text().replace('sentences = ["(tell', 'sentences = ["what time is it about {text:topic}", "(tell')
    )
    assert aihear("check", "my_cat")[0] == 0
    path.write_text(path.read_text().replace("what time is it about {text:topic}", "set a timer for {duration:topic}"))
    code, out, _ = aihear("check", "my_cat")
    assert code == 5
    assert (
        "fault: sentences/en.toml:4: “Set a timer for ten minutes” means talk_about, and clock.start_timer as well"
        in out
    )


def test_check_finds_a_permission_that_was_not_asked_for(aihear):
    aihear("new", "my_cat")
    code_file = aihear.folder / "my_cat" / "my_cat.py"
    code_file.write_text(code_file.read_text().replace("    return ctx.t(", '    ctx.run(["meow"])\n    return ctx.t('))
    code, out, _ = aihear("check", "my_cat")
    assert code == 5
    assert 'fault: my_cat.py:13: ctx.run needs the permission "run"' in out


def test_what_is_saved_is_asked_at_once(aihear, capsys):
    aihear("new", "my_cat")
    path = aihear.folder / "my_cat" / "sentences" / "en.toml"
    path.write_text(path.read_text().replace("I know nothing about {topic} yet.", "What is {topic}?"))
    assert main(["ask", "Tell my cat about puppies.", "--dry-run"]) == 0
    assert capsys.readouterr().out.strip() == "What is dogs?"


def test_a_plugin_is_given_away_as_a_wheel(aihear, tmp_path, capsys, monkeypatch):
    """By the page in the README: `new`, `pip wheel`, `pip install`; here without a network."""
    aihear("new", "my_cat")
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    source = aihear.folder / "my_cat"
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(wheels), str(source)], check=True
    )
    shutil.rmtree(source)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(installed), str(wheel)], check=True)
    monkeypatch.syspath_prepend(str(installed))
    assert main(["ask", "Tell my cat about puppies.", "--dry-run"]) == 0
    assert capsys.readouterr().out.strip() == "I know nothing about dogs yet."
    code, out, _ = aihear("list")
    assert code == 0
    assert re.search(r"my_cat +ok +installed", out)


def test_the_page_for_authors_in_the_readme(aihear, capsys):
    """Its four files, typed in as they stand there."""
    page = (paths.default_settings().parent.parent / "README.md").read_text(encoding="utf-8")
    block = textwrap.dedent(page[page.index("    # plugin.toml\n") : page.index("\nA function answers with")])
    pieces = re.split(r"^# (plugin\.toml|sentences/en\.toml|moon\.py|cases\.toml).*\n", block, flags=re.MULTILINE)
    aihear("new", "moon")
    for file, text in zip(pieces[1::2], pieces[2::2], strict=True):
        (aihear.folder / "moon" / file).write_text(text, encoding="utf-8")
    assert len(pieces) == 9
    code, out, _ = aihear("check", "moon")
    assert (code, out.splitlines()[0]) == (0, "moon: all is well")
    assert main(["ask", "How full is the moon on Friday?"]) == 0
    assert re.fullmatch(r"The moon is \d+ percent full.", capsys.readouterr().out.strip())
