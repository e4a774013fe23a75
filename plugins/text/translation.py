"""Translates by Argos packages: a CTranslate2 network and a SentencePiece model in a folder, on this computer alone.

The package argostranslate itself is not used: it brings three further libraries to part sentences, some of which fetch
their networks. Format: https://github.com/argosopentech/argos-translate, argostranslate/package.py.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

_BEAM = 4
_LENGTH_PENALTY = 0.2
_SENTENCE = re.compile(r"[^.!?…。！？\n]*(?:[.!?…]+(?=\s|$)|[.!?…]+|[。！？]+|\n+|$)")
_BATCH = 16  # sentences at a time


class NotInstalled(Exception):
    """sentencepiece is missing."""


class NoPackage(Exception):
    """There is no package for these languages, nor two that lead over English."""


@dataclass(frozen=True)
class Package:
    """source, target: ISO 639-1"""

    path: Path
    source: str
    target: str
    prefix: str = ""


def folder(chosen: str) -> Path:
    """Where packages are: as argos-translate has it, unless a setting names another."""
    default = os.environ.get("ARGOS_PACKAGES_DIR") or platformdirs.user_data_path("argos-translate") / "packages"
    return Path(chosen or default).expanduser()


def packages(where: Path) -> Iterator[Package]:
    for file in sorted(where.glob("*/metadata.json")):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        ready = (file.parent / "model").is_dir() and (file.parent / "sentencepiece.model").is_file()
        if isinstance(data, dict) and ready and data.get("from_code") and data.get("to_code"):
            yield Package(file.parent, data["from_code"], data["to_code"], str(data.get("target_prefix") or ""))


def translated(text: str, source: str, target: str, chosen: str = "") -> str:
    """Raises NotInstalled, NoPackage."""
    try:
        importlib.import_module("sentencepiece")
    except ImportError as error:
        raise NotInstalled from error
    for package in _way(list(packages(folder(chosen))), source, target):
        text = _through(package, text)
    return text


def _way(there: Sequence[Package], source: str, target: str) -> list[Package]:
    """One package, or two that meet in a third language, English if possible."""
    direct = [package for package in there if (package.source, package.target) == (source, target)]
    if direct:
        return direct[:1]
    pairs = [(a, b) for a in there if a.source == source for b in there if b.target == target and a.target == b.source]
    pairs.sort(key=lambda pair: pair[0].target != "en")
    if not pairs:
        raise NoPackage(source, target)
    return list(pairs[0])


def _through(package: Package, text: str) -> str:
    parts = [part for part in _SENTENCE.findall(text) if part]
    wanted = [part for part in parts if part.strip()]
    made = iter(_sentences(package, [part.strip() for part in wanted]))
    return "".join(_framed(part, next(made)) if part.strip() else part for part in parts).strip()


def _framed(old: str, new: str) -> str:
    """With the white space that stood around it."""
    return old[: len(old) - len(old.lstrip())] + new + old[len(old.rstrip()) :]


def _sentences(package: Package, sentences: Sequence[str]) -> list[str]:
    translator, pieces = _loaded(package)
    found: list[str] = []
    for start in range(0, len(sentences), _BATCH):
        batch = [pieces.encode(sentence, out_type=str) for sentence in sentences[start : start + _BATCH]]
        prefix = [[package.prefix]] * len(batch) if package.prefix else None
        results = translator.translate_batch(
            batch, target_prefix=prefix, beam_size=_BEAM, length_penalty=_LENGTH_PENALTY, replace_unknowns=True
        )
        found += [_plain(result.hypotheses[0], pieces, package.prefix) for result in results]
    return found


def _plain(tokens: Sequence[str], pieces: Any, prefix: str) -> str:
    kept = tokens[1:] if prefix and tokens[:1] == [prefix] else tokens
    return str(pieces.decode_pieces(list(kept))).replace("▁", " ").strip()


@functools.lru_cache(maxsize=2)
def _loaded(package: Package) -> tuple[Any, Any]:
    import ctranslate2
    from sentencepiece import SentencePieceProcessor

    translator = ctranslate2.Translator(str(package.path / "model"), device="cpu", intra_threads=1)
    return translator, SentencePieceProcessor(model_file=str(package.path / "sentencepiece.model"))
