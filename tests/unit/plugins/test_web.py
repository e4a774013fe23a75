"""The person's browser gets an https address, whatever was said; the program itself opens no connection."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from aihear_voice import paths
from aihear_voice.plugin import loader

from .desk import Desk


@pytest.fixture(scope="module")
def dry() -> Desk:
    return Desk("web", dry=True)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the system's browser was given, one argument a line."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    for name in ("xdg-open", "firefox"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" > {log}.new\n/bin/mv {log}.new {log}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return log


def arguments(log: Path) -> list[str]:
    deadline = time.monotonic() + 10
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return log.read_text().splitlines()


def test_a_search_is_one_encoded_argument_of_the_browser(opened: Path) -> None:
    assert Desk("web").say("Search for cats & dogs, ein schöner Tag") == (
        "Searching for cats & dogs, ein schöner Tag in your browser."
    )
    program, address = arguments(opened)
    assert program == "xdg-open"
    assert address.startswith("https://duckduckgo.com/?q=")
    assert parse_qs(urlsplit(address).query) == {"q": ["cats & dogs, ein schöner Tag"]}


HOSTILE = [
    "x&y=1#z", "$(id)", "`id`; rm -rf /", "--profile /tmp", "../../etc", "javascript:alert(1)", "https://evil.example",
    "%2e%2e/", "a\u202eb", "' OR 1", "@evil.example", "{language}", "{from}",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("intent", ["search", "on_map", "directions", "pictures"])
def test_nothing_said_changes_where_it_is_looked_for(dry: Desk, intent: str, query: str) -> None:
    slot = "place" if intent in ("on_map", "directions") else "query"
    dry.events.clear()
    dry.call(intent, f"Search for {query}", **{slot: query})
    for _, address in dry.ran:
        parts = urlsplit(address)
        assert (parts.scheme, parts.fragment) == ("https", "")
        assert parts.netloc in ("duckduckgo.com", "www.openstreetmap.org")
        told = [values for values in parse_qs(parts.query).values() if values[0] not in ("images",)]
        assert told == [[" ".join(query.split())]]


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("Open example.com", "example.com"),
        ("Open the website news dot bbc dot co dot uk", "news.bbc.co.uk"),
        ("Go to münchen.de", "xn--mnchen-3ya.de"),
        ("Open раypal.com", "xn--ypal-43d9g.com"),  # the first two letters are Cyrillic
        ("Visit my hyphen site dot org", "my-site.org"),
    ],
)
def test_a_site_that_was_spelled_out_is_opened_over_https_as_what_it_is(dry: Desk, said: str, host: str) -> None:
    assert dry.say(said) == f"Opening {host} in your browser."
    assert dry.ran[-1][1] == f"https://{host}/"


@pytest.mark.parametrize(
    "said", ["Open .. dot com", "Open -x dot com", "Open user@host dot com", "Open 10.0.0.1 dot 7", "Open a/b dot com"]
)
def test_what_is_no_address_opens_nothing_else(dry: Desk, said: str) -> None:
    dry.events.clear()
    dry.say(said)
    for argv in dry.ran:
        host = urlsplit(argv[1]).hostname or ""
        assert argv[1] == f"https://{host}/"
        assert all(part and part[0] != "-" for part in host.split("."))


def test_an_address_that_was_heard_asks_first(dry: Desk) -> None:
    assert dry.plugin.intents["open_address"].confirm
    assert not dry.plugin.intents["open_site"].confirm


def test_sites_engine_and_browser_of_the_settings(opened: Path) -> None:
    settings = {
        "sites": {"the intranet": "https://intranet.example/start"},
        "engine": "https://search.example/find?text={query}",
        "browser": ["firefox", "--private-window"],
    }
    desk = Desk("web", **settings)
    desk.say("Open the intranet")
    assert arguments(opened) == ["firefox", "--private-window", "https://intranet.example/start"]
    opened.unlink()
    desk.say("Look up rain")
    assert arguments(opened)[-1] == "https://search.example/find?text=rain"


@pytest.mark.parametrize(
    "address", ["http://x.example", "file:///etc/passwd", "javascript:1", "https://a@b.example", 7]
)
def test_a_site_without_https_is_refused_when_settings_are_read(address: object) -> None:
    plugin = loader.load_one(paths.shipped_plugins() / "web", "shipped", {"sites": {"mine": address}})
    assert "has no https address" in plugin.reason


def test_it_says_that_there_is_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Desk("web").say("Search for rain") == "I find no browser here."


def test_every_site_and_engine_that_can_be_said_has_an_address(dry: Desk) -> None:
    dry.events.clear()
    for language, grammar in dry.plugin.grammars.items():
        for _, site in grammar.lists["site"]:
            assert "https" not in dry.call("open_site", "x", language, site=site)
        for _, engine in grammar.lists["engine"]:
            dry.call("search_on", "x", language, engine=engine, query="q")
    assert all(urlsplit(address).scheme == "https" and "{" not in address for _, address in dry.ran)
