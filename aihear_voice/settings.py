"""Settings: config/default.toml < the person's TOML < AIHEAR__SECTION__KEY < flags.

Types and bounds are here, values in the TOML, and none is written twice.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from . import paths
from .errors import SettingsError

Unit = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]
Count = Annotated[int, Meta(ge=0, le=10_000)]
Verdict = Literal["allow", "ask", "deny"]
ENV_PREFIX = "AIHEAR__"
FREE_TABLES = ("policy.intents", "plugin")  # their keys are the person's own


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class AudioSettings(_Section, frozen=True):
    input_device: str
    output_device: str
    pre_roll_s: Annotated[float, Meta(ge=0, le=4)]
    ring_s: Annotated[float, Meta(ge=1, le=60)]
    stalled_after_s: Annotated[float, Meta(ge=0.2, le=60)]
    silent_after_s: Annotated[float, Meta(ge=0.5, le=3600)]
    retry_s: Annotated[float, Meta(ge=0.1, le=60)]


class WakeSettings(_Section, frozen=True):
    enabled: bool
    words: tuple[str, ...]
    threshold: Unit
    patience: Annotated[int, Meta(ge=1, le=20)]
    refractory_s: Seconds


class EndpointingSettings(_Section, frozen=True):
    speech_threshold: Unit
    silence_threshold: Unit
    silence_s: Annotated[float, Meta(ge=0.1, le=10)]
    dictation_silence_s: Annotated[float, Meta(ge=0.1, le=10)]
    min_speech_s: Annotated[float, Meta(ge=0, le=2)]
    wait_for_speech_s: Annotated[float, Meta(ge=0.5, le=60)]
    max_utterance_s: Annotated[float, Meta(ge=1, le=30)]
    energy_gate: bool
    speculate_s: Annotated[float, Meta(ge=0, le=1)]
    complete_silence_s: Annotated[float, Meta(ge=0.1, le=3)]
    unfinished_silence_s: Annotated[float, Meta(ge=0.1, le=3)]
    pace: Literal["impatient", "normal", "slow"]
    amend_s: Annotated[float, Meta(ge=0, le=5)]


class PushToTalkSettings(_Section, frozen=True):
    enabled: bool
    key: str
    mode: Literal["hold", "toggle", "both"]
    tap_s: Seconds
    debounce_s: Seconds
    release_grace_s: Seconds
    lead_s: Annotated[float, Meta(ge=0, le=4)]
    tail_s: Annotated[float, Meta(ge=0, le=4)]
    dictate_key: str
    mute_key: str


class RecognitionSettings(_Section, frozen=True):
    model: str
    engine: Literal["auto", "fast", "whisper"]
    window: Literal["auto", "full"]
    device: Literal["auto", "cpu", "cuda"]
    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    threads: Count
    no_speech_threshold: Unit
    logprob_threshold: Annotated[float, Meta(ge=-10, le=0)]
    compression_threshold: Annotated[float, Meta(ge=1, le=100)]
    vocabulary: tuple[str, ...]
    timeout_s: Annotated[float, Meta(ge=1, le=3600)]
    unload_after_s: Annotated[float, Meta(ge=0, le=86_400)]
    partials: bool


class UnderstandingSettings(_Section, frozen=True):
    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    follow_s: Seconds


class PolicySettings(_Section, frozen=True):
    default: Verdict
    intents: dict[str, Verdict]
    confirm_timeout_s: Annotated[float, Meta(ge=1, le=120)]
    undo_s: Annotated[float, Meta(ge=0, le=86_400)]


class SpeakingSettings(_Section, frozen=True):
    enabled: bool
    voice: str
    rate: Annotated[int, Meta(ge=60, le=500)]
    volume: Unit
    stop_words: tuple[str, ...]
    ring_s: Seconds


class TypingSettings(_Section, frozen=True):
    method: Literal["auto", "keys", "paste"]
    release_wait_s: Seconds
    key_delay_ms: Annotated[int, Meta(ge=0, le=1000)]
    paste_restore_s: Seconds


class DictationSettings(_Section, frozen=True):
    idle_stop_s: Seconds
    spool: bool


class HistorySettings(_Section, frozen=True):
    enabled: bool
    keep_days: Annotated[float, Meta(ge=0, le=36_500)]
    sound_hours: Annotated[float, Meta(ge=0, le=876_000)]


class OverlaySettings(_Section, frozen=True):
    enabled: bool
    position: Literal["top", "bottom"]
    scale: Annotated[float, Meta(ge=0, le=8)]


class PluginsSettings(_Section, frozen=True):
    disabled: tuple[str, ...]
    permissions: tuple[Literal["type", "run", "network", "files"], ...]
    folders: tuple[str, ...]


class LogSettings(_Section, frozen=True):
    level: Literal["debug", "info", "warning", "error"]
    transcripts: bool


class Settings(_Section, frozen=True):
    audio: AudioSettings
    wake: WakeSettings
    endpointing: EndpointingSettings
    push_to_talk: PushToTalkSettings
    recognition: RecognitionSettings
    understanding: UnderstandingSettings
    policy: PolicySettings
    speaking: SpeakingSettings
    typing: TypingSettings
    dictation: DictationSettings
    history: HistorySettings
    overlay: OverlaySettings
    plugins: PluginsSettings
    log: LogSettings
    plugin: dict[str, dict[str, Any]] = {}  # the person's changes to plugins' own settings


class Source(msgspec.Struct, frozen=True):
    """A value and where it came from ("default", a file's path, an environment variable, "--set")."""

    key: str
    value: Any
    origin: str


def load(flags: Sequence[str] = (), env: Mapping[str, str] | None = None) -> Settings:
    """flags: "section.key=value". Raises SettingsError."""
    return resolve(flags, env)[0]


def resolve(flags: Sequence[str] = (), env: Mapping[str, str] | None = None) -> tuple[Settings, list[Source]]:
    """The settings, and each value's origin in the order of default.toml. Raises SettingsError."""
    defaults = _read(paths.default_settings())
    known = {key for key, _ in _leaves(defaults)}
    merged = {key: Source(key, value, "default") for key, value in _leaves(defaults)}
    for key, value, origin in _overrides(flags, os.environ if env is None else env):
        _check_known(key, known, origin)
        merged[key] = Source(key, value, origin)
    tree: dict[str, Any] = {}
    for source in merged.values():
        _plant(tree, source)
    return _convert(tree, merged), list(merged.values())


def defaults() -> Settings:
    """As shipped, whatever the person has set: to go on with where their own settings are wrong."""
    return _convert(_read(paths.default_settings()), {})


def _overrides(flags: Sequence[str], env: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    personal = paths.personal_settings()
    if personal.is_file():
        for key, value in _leaves(_read(personal)):
            yield key, value, str(personal)
    for name, text in env.items():
        if name.startswith(ENV_PREFIX):
            yield name.removeprefix(ENV_PREFIX).lower().replace("__", "."), _value(text), name
    for flag in flags:
        key, equals, text = flag.partition("=")
        if not equals:
            raise SettingsError(f"--set {flag}: no value", "bad_flag", "write --set section.key=value")
        yield key.strip(), _value(text.strip()), "--set"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}", "bad_toml", "mend that line") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", "unreadable", "check the file") from error


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        # What stands in a free table belongs to the person or a plugin, and is passed on as it is.
        if isinstance(value, dict) and (value or key not in FREE_TABLES) and not _is_entry(key):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value


def _is_entry(key: str) -> bool:
    """policy.intents.INTENT (a name with a dot in it), or plugin.NAME.SETTING."""
    return key.startswith("policy.intents.") or (key.startswith("plugin.") and key.count(".") >= 2)


def _is_free(key: str) -> bool:
    return any(key == table or key.startswith(f"{table}.") for table in FREE_TABLES)


def _value(text: str) -> Any:
    """As TOML where it is TOML, else as the text it is."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def _check_known(key: str, known: set[str], origin: str) -> None:
    if key in known or _is_free(key):
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "`aihear settings show` lists them all"
    raise SettingsError(f"unknown setting {key} ({origin})", "unknown_setting", hint)


def _plant(tree: dict[str, Any], source: Source) -> None:
    parts = source.key.split(".", 2)
    for part in parts[:-1]:
        tree = tree.setdefault(part, {})
    tree[parts[-1]] = source.value


def _convert(tree: dict[str, Any], merged: Mapping[str, Source]) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=True)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        key = where.rstrip("`").split("[")[0]
        origin = merged[key].origin if key in merged else "settings"
        message = f"{key or 'settings'}: {what} ({origin})"
        raise SettingsError(message, "bad_setting", f"see {paths.default_settings()}") from error
