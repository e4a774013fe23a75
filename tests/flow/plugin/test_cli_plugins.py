import json

import pytest

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
    assert (code, out.strip()) == (0, "my_cat: all is well")
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
    code, out, _ = aihear("check")
    assert code == 5
    assert "nothing_of_that_name" in out
    assert "clock: all is well" in out


def test_check_notes_what_is_not_translated(aihear):
    aihear("new", "my_cat")
    (aihear.folder / "my_cat" / "sentences" / "de.toml").write_text('[answers]\ntalk = "Nichts über {thema}."\n')
    code, out, _ = aihear("check", "my_cat")
    assert code == 0
    assert "de.toml lacks: sentences for talk_about, answer talk_politely" in out
    assert "{thema} is not in the English one" in out


def test_check_of_a_plugin_that_is_not_there(aihear):
    code, _, err = aihear("check", "nobody")
    assert code == 5
    assert "nobody" in err


def test_settings_for_a_plugin_that_is_not_there(aihear):
    aihear.folder.parent.mkdir(parents=True)
    (aihear.folder.parent / "settings.toml").write_text("[plugin.clok]\nhours = '24'\n")
    code, out, _ = aihear("check")
    assert code == 5
    assert "plugin.clok" in out
