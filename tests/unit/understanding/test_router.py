from datetime import date

import pytest

from aihear_voice.plugin.loader import load_from, usable
from aihear_voice.understanding.router import TemplateRouter

DEMO = {
    "plugin.toml": """
name = "demo"
summary = "For tests."
[intents.open]
[intents.search]
[intents.write]
purposes = ["assist", "dictate"]
[intents.rename]
[intents.level]
[intents.count]
[intents.hear]
""",
    "sentences/en.toml": """
[rules]
please = "[quickly] [the|a]"
[intents.open]
sentences = ["(open|launch) <please> {program}"]
[intents.search]
sentences = ["search [for] {text:query}", "search [for] {text:query} in {program}"]
[intents.write]
sentences = ["(type|write) {verbatim:words}"]
[intents.rename]
sentences = ["rename {text:old} to {text:new}"]
[intents.level]
sentences = ["set [the] volume to {percent:level}"]
[intents.count]
sentences = ["count to {number:n}"]
[intents.hear]
sentences = ["can you hear me"]
[lists.program]
values = ["firefox", { in = "(web|internet) browser", out = "browser" }]
""",
    "sentences/de.toml": """
[intents.open]
sentences = ["öffne [den] {program}"]
[lists.program]
values = ["Browser"]
""",
    "sentences/zh.toml": """
[intents.open]
sentences = ["打开{program}"]
[intents.search]
sentences = ["搜索{text:query}"]
[lists.program]
values = [{ in = "浏览器", out = "browser" }]
""",
    "demo.py": """
def open(ctx, program): ...
def search(ctx, query, program=""): ...
def write(ctx, words): ...
def rename(ctx, old, new): ...
def level(ctx, level): ...
def count(ctx, n): ...
def hear(ctx): ...
""",
}
TWIN = {
    "plugin.toml": 'name = "twin"\nsummary = "Says what demo says."\n[intents.start]\n',
    "sentences/en.toml": '[intents.start]\nsentences = ["(start|launch) [the] firefox"]\n[lists.x]\nvalues = ["a"]\n',
    "twin.py": "def start(ctx): ...\n",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def make(tmp_path):
    def build(*plugins, languages=("en", "de", "zh"), personal=()):
        folders = [write(tmp_path / files["plugin.toml"].split('"')[1], files) for files in plugins]
        places = [(folder, "personal" if folder.name in personal else "installed") for folder in folders]
        loaded = load_from(places, {})
        assert [plugin.reason for plugin in loaded if plugin.status != "ok"] == []
        return TemplateRouter(usable(loaded), languages, today=lambda: date(2030, 3, 4))

    return build


@pytest.fixture
def router(make):
    return make(DEMO)


def found(router, text, language="en", purpose="assist"):
    match = router.route(text, language, purpose)
    return (match.intent, dict(match.slots)) if match else None


def test_lists_give_their_value(router):
    assert found(router, "Could you launch quickly the Internet Browser, please?") == ("open", {"program": "browser"})
    assert found(router, "Open Firefox.") == ("open", {"program": "firefox"})
    assert found(router, "Open Chrome.") is None


def test_free_text_is_what_was_written(router):
    assert found(router, "Search for A.C.M.E. tables, 7:30 p.m. — cheap!") == (
        "search",
        {"query": "A.C.M.E. tables, 7:30 p.m. — cheap"},
    )
    assert found(router, "Rename the Old-Name to What's New?") == (
        "rename",
        {"old": "the Old-Name", "new": "What's New"},
    )


def test_politeness_is_no_part_of_free_text_but_of_verbatim(router):
    assert found(router, "Search for cats, please.") == ("search", {"query": "cats"})
    assert found(router, "Please type: could you call me, please?") == (
        "write",
        {"words": "could you call me, please?"},
    )
    assert found(router, "Type thank you.") == ("write", {"words": "thank you."})


def test_what_is_a_command_only_as_a_whole_is_found(router):
    assert found(router, "Can you hear me?") == ("hear", {})


def test_more_literal_text_wins_over_free_text(router):
    assert found(router, "search for cats in firefox") == ("search", {"query": "cats", "program": "firefox"})


@pytest.mark.parametrize("said", ["Set volume to 40%.", "set the volume to forty percent", "Set volume to 40"])
def test_percentages(router, said):
    assert found(router, said) == ("level", {"level": 40})


def test_numbers_as_words_and_figures(router):
    assert found(router, "Count to twenty-five.") == found(router, "count to 25") == ("count", {"n": 25})


def test_only_the_whole_sentence_counts(router):
    assert found(router, "I said open firefox yesterday") is None
    assert found(router, "Open firefox and then some") is None
    assert found(router, "") is None
    assert found(router, "?!") is None


def test_while_dictating_only_its_own_intents_count(router):
    assert found(router, "Type hello.", purpose="dictate") == ("write", {"words": "hello."})
    assert found(router, "Open Firefox.", purpose="dictate") is None


def test_free_text_lowers_the_confidence(router):
    sure = router.route("open firefox", "en", "assist")
    unsure = router.route("search for something else", "en", "assist")
    assert sure.confidence == 1.0
    assert 0.5 <= unsure.confidence < 1.0


def test_a_language_that_fits_nothing_is_tried_as_english(router):
    assert found(router, "Open Firefox.", "de") == ("open", {"program": "firefox"})
    assert router.route("Open Firefox.", "de", "assist").language == "en"


def test_an_unknown_language_is_tried_in_all(router):
    for unknown in ("", "nl"):
        match = router.route("Öffne den Browser.", unknown, "assist")
        assert (match.intent, match.language) == ("open", "de")


def test_chinese_with_or_without_spaces_in_either_script(router):
    for said in ("打开浏览器。", "打開 瀏覽器", "请打开浏览器"):
        assert found(router, said, "zh") == ("open", {"program": "browser"})
    assert found(router, "搜索 Taylor Swift 的歌。", "zh") == ("search", {"query": "Taylor Swift 的歌"})


def test_two_intents_alike_are_neither_and_both_are_suggested(make):
    router = make(DEMO, TWIN)
    assert found(router, "launch firefox") == ("start", {})  # more of it is literal
    clash = {**TWIN, "sentences/en.toml": '[intents.start]\nsentences = ["can you hear me"]\n'}
    router = make(DEMO, clash)
    assert router.route("Can you hear me?", "en", "assist") is None
    assert len(router.suggest("Can you hear me?", "en")) == 2


def test_the_persons_own_sentence_goes_before_others(make):
    clash = {**TWIN, "sentences/en.toml": '[intents.start]\nsentences = ["can you hear me"]\n'}
    assert found(make(DEMO, clash, personal=["twin"]), "Can you hear me?") == ("start", {})
    assert found(make(DEMO, clash, personal=["demo"]), "Can you hear me?") == ("hear", {})
    both = make(DEMO, clash, personal=["demo", "twin"])
    assert len(both.understand("Can you hear me?", "en", "assist").choices) == 2


def test_suggestions_resemble_what_was_said(router):
    assert router.suggest("Opan firefax", "en")[0] == "Open firefox"
    assert router.suggest("Elephants cannot jump at all, I believe", "en") == []
    assert router.suggest("", "en") == []


def test_languages_that_are_not_wanted_are_not_loaded(make):
    assert found(make(DEMO, languages=("en",)), "Öffne den Browser.", "de") is None
