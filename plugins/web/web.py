"""Opens the person's own browser on a search, a map or a site. The program itself opens no connection."""

from __future__ import annotations

import functools
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aihear_voice.plugin import Context, PluginError, Reply

_ADDRESS_MOST = 1000  # characters
_WRITTEN = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w@.-]*\w)")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VERBS = "(open|go to|visit|show me|öffne|geh zu|zeig mir|abre|ve a|ouvre|va sur|打开|访问)"
_THE = "[the|my|die|das|den|el|la|le]"


@functools.cache
def _addresses() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "addresses.toml").read_text(encoding="utf-8"))


# Searching


def search(ctx: Context, query: str) -> Reply | str:
    engine = str(ctx.settings["engine"])
    return _look_for(ctx, _addresses()["engines"].get(engine) or _own_engine(engine), query)


def search_on(ctx: Context, engine: str, query: str) -> Reply | str:
    return _look_for(ctx, _addresses()["engines"][engine], query)


def pictures(ctx: Context, query: str) -> Reply | str:
    engines = _addresses()["pictures"]
    return _look_for(ctx, engines.get(str(ctx.settings["engine"]), engines["duckduckgo"]), query)


def on_map(ctx: Context, place: str) -> Reply | str:
    return _look_for(ctx, _of_maps(ctx, "maps"), place)


def directions(ctx: Context, place: str, start: str = "") -> Reply | str:
    return _look_for(ctx, _of_maps(ctx, "directions"), place, start)


def _of_maps(ctx: Context, table: str) -> str:
    wanted, known = str(ctx.settings["maps"]), _addresses()[table]
    if wanted not in known:
        raise PluginError(f"plugin.web.maps: {wanted!r} is not known", "bad_setting", " or ".join(known))
    return str(known[wanted])


def _own_engine(address: str) -> str:
    if "{query}" not in address or not _is_safe(address.replace("{query}", "x")):
        hint = "its name in addresses.toml, or https://… with {query}"
        raise PluginError(f"plugin.web.engine: {address!r} is no search engine", "bad_setting", hint)
    return address


def _look_for(ctx: Context, address: str, query: str, start: str = "") -> Reply | str:
    said = " ".join(query.split())
    filled = (
        address.replace("{language}", ctx.language)
        .replace("{query}", _encoded(said))
        .replace("{from}", _encoded(start))
    )
    if not said or len(filled) > _ADDRESS_MOST:
        return ctx.t("too_long" if said else "what")
    return _show(ctx, filled, ctx.t("searching", query=said))


def _encoded(text: str) -> str:
    """Every sign but letters and figures: nothing that is said can be a part of the address's own."""
    return quote(" ".join(text.split()), safe="", errors="replace")


# Sites


def open_site(ctx: Context, site: str) -> Reply | str:
    address = str(_addresses()["sites"][site]).replace("{language}", ctx.language)
    return _show(ctx, address, ctx.t("opening", site=_host(address)))


def open_address(ctx: Context, site: str = "", ending: str = "") -> Reply | str:
    """A site that was spelled out: "example dot org", or "example.org" as Whisper writes it."""
    host = _spoken_host(ctx, site, ending)
    if not host:
        return ctx.t("no_address")
    return _show(ctx, f"https://{host}/", ctx.t("opening", site=host))


def _spoken_host(ctx: Context, site: str, ending: str) -> str:
    """In letters that every browser shows as they are (IDNA); "" where it is no address."""
    written = _WRITTEN.search(ctx.text)
    host = written[0] if written else _put_together(ctx, site, ending)
    try:
        plain = host.casefold().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = plain.split(".")
    fine = len(labels) > 1 and len(plain) <= 253 and all(map(_LABEL.fullmatch, labels))
    return plain if fine and not labels[-1][:1].isdigit() else ""


def _put_together(ctx: Context, site: str, ending: str) -> str:
    text = f"{site}.{ending}" if ending else site
    for sign in ("dot", "dash"):
        text = re.sub(rf"\s*(?:{ctx.t(sign)})\s*", {"dot": ".", "dash": "-"}[sign], text, flags=re.IGNORECASE)
    return re.sub(r"\s+", "", text)


def own_site(ctx: Context) -> Reply | str:
    said = _plain(ctx.text)
    named = [name for name in ctx.settings["sites"] if _plain(name) and _plain(name) in said]
    if not named:
        raise PluginError("no site of yours fits that sentence", "no_site", "look at plugin.web.sites")
    address = str(ctx.settings["sites"][max(named, key=len)])
    return _show(ctx, address, ctx.t("opening", site=_host(address)))


def extra_sentences(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Called by the loader. Raises PluginError for what is wrong in the settings."""
    for name, address in settings["sites"].items():
        if not _plain(name) or not isinstance(address, str) or not _is_safe(address):
            hint = 'such as "the intranet" = "https://intranet.example/"'
            raise PluginError(f"plugin.web.sites: {name!r} has no https address", "bad_setting", hint)
    return {"own_site": [f"{_VERBS} {_THE} {_plain(name)}" for name in settings["sites"]]}


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


# The browser


def _show(ctx: Context, address: str, answer: str) -> Reply | str:
    browser = _browser(ctx.settings["browser"])
    if browser is None and not ctx.dry_run:
        return ctx.t("no_browser")
    if not _is_safe(address):
        raise PluginError(f"{address!r} is no https address", "bad_address", "look at plugin.web in your settings")
    ctx.run([*(browser or _addresses()["browsers"][0]), address])
    return Reply(answer, speak=False)


def _is_safe(address: str) -> bool:
    """https, a host, printable, and nobody's name and password."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and address.isprintable()
    except ValueError:
        return False


def _browser(chosen: Sequence[str]) -> list[str] | None:
    if chosen:
        return [str(part) for part in chosen]
    if sys.platform == "darwin":
        return ["open"]
    if sys.platform == "win32":
        return ["rundll32", "url.dll,FileProtocolHandler"]
    return next((list(argv) for argv in _addresses()["browsers"] if shutil.which(argv[0])), None)
