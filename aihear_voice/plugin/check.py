"""What an author should know of a plugin beyond that it loads: read from its files, none of its code runs.

Each finding is a fault (it will not do what it says) or a note (it may be meant so), with file and line.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..types import Match, Permission, Purpose
from . import templates
from .manifest import Grammar, Plugin
from .places import place

# The methods of Context that need a permission, and the libraries that go past it.
_NEEDS: Mapping[Permission, frozenset[str]] = {
    "type": frozenset({
        "type", "press", "scroll", "where", "typed_before", "typed", "last_typed", "selected", "scratch", "replace",
        "select", "undo", "redo", "window", "workspace",
    }),
    "run": frozenset({"run", "call", "find_program"}),
    "files": frozenset({"path"}),
}  # fmt: skip
_LIBRARIES: Mapping[str, Permission] = {
    "subprocess": "run", "multiprocessing": "run", "pexpect": "run", "socket": "network", "ssl": "network",
    "urllib.request": "network", "http.client": "network", "requests": "network", "httpx": "network",
    "aiohttp": "network", "urllib3": "network", "ftplib": "network", "smtplib": "network", "websockets": "network",
}  # fmt: skip
_CALLS: Mapping[str, Permission] = {
    "os.system": "run", "os.popen": "run", "os.execv": "run", "os.execvp": "run", "os.spawnv": "run",
    "os.startfile": "run", "webbrowser.open": "run",
}  # fmt: skip
_WRITES = frozenset({"write_text", "write_bytes", "mkdir", "unlink", "rmdir", "touch"})
# Names of intents that sound as if something were lost, sent, bought or ended.
_GRAVE = re.compile(
    r"(^|_)(delete|erase|wipe|clear|empty|format|send|buy|order|pay|purchase|post|publish|shut_?down|restart|reboot"
    r"|log_?out|suspend|hibernate|uninstall)(_|$)"
)
_SAMPLES = 3  # of each template, spoken in different ways
Route = Callable[[str, str, Purpose], Match | None]  # text, language, purpose


@dataclass(frozen=True, order=True)
class Finding:
    """where: file and line; fault: not merely a note"""

    where: str
    text: str
    fault: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def look(plugin: Plugin, languages: Iterable[str]) -> Iterator[Finding]:
    """All but collisions. languages: those that are spoken"""
    yield from permissions(plugin)
    yield from _unused(plugin)
    yield from _untranslated(plugin, languages)
    yield from _unguarded(plugin)


# Permissions ------------------------------------------------------------------------------------------------


def permissions(plugin: Plugin) -> Iterator[Finding]:
    """What its code does that plugin.toml does not say, and the other way round."""
    used: set[Permission] = set()
    for file, tree in _code(plugin):
        for permission, node, what in _uses(tree):
            if permission not in plugin.permissions and permission not in used:
                hint = f'{what} needs the permission "{permission}": add it to permissions in plugin.toml'
                yield Finding(f"{file}:{node.lineno}", hint, fault=True)
            used.add(permission)
    for permission in sorted(plugin.permissions - used):
        where = place(plugin.folder, "plugin.toml", "permissions")
        yield Finding(where, f'the permission "{permission}" is not used by any code that can be seen')


def _code(plugin: Plugin) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(plugin.folder.rglob("*.py")):
        try:
            yield str(path.relative_to(plugin.folder)), ast.parse(path.read_bytes(), path.name)
        except (
            OSError,
            ValueError,
            SyntaxError,
        ):  # of the file with the intents, the loader has told; others do not run
            continue


def _uses(tree: ast.Module) -> Iterator[tuple[Permission, ast.expr | ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found = next((name for name in names if _library(name)), None)
            if found is not None and not _for_types_only(tree, node):
                yield _LIBRARIES[_library(found)], node, f"import {found}"
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _library(name: str) -> str:
    """The one of the known that this is, or is part of; "" where it is none."""
    return next((known for known in _LIBRARIES if name == known or name.startswith(f"{known}.")), "")


def _for_types_only(tree: ast.Module, node: ast.stmt) -> bool:
    guards = [each for each in ast.walk(tree) if isinstance(each, ast.If) and "TYPE_CHECKING" in ast.dump(each.test)]
    return any(node in ast.walk(guard) for guard in guards)


def _called(node: ast.Call) -> Iterator[tuple[Permission, ast.expr, str]]:
    name = ast.unparse(node.func)
    owner, _, method = name.rpartition(".")
    if owner.rpartition(".")[2].lstrip("_") in ("ctx", "context"):
        for permission, methods in _NEEDS.items():
            if method in methods:
                yield permission, node, name
    elif name in _CALLS:
        yield _CALLS[name], node, name
    elif (method in _WRITES and owner) or (name == "open" and _for_writing(node)):
        yield "files", node, f"{method or name}()"


def _for_writing(node: ast.Call) -> bool:
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+") for mode in modes)


# What is not used -------------------------------------------------------------------------------------------


def _unused(plugin: Plugin) -> Iterator[Finding]:
    yield from _unused_parameters(plugin)
    for language, grammar in plugin.grammars.items():
        file = f"sentences/{language}.toml"
        named = _referenced(grammar)
        for name in sorted(grammar.lists.keys() - named):
            yield Finding(place(plugin.folder, file, f"lists.{name}]"), f"no sentence uses the list {{{name}}}")
        for name in sorted(grammar.rules.keys() - named):
            yield Finding(place(plugin.folder, file, f"{name} ="), f"no sentence uses the rule <{name}>")
        yield from _unused_answers(plugin, grammar, file)


def _unused_parameters(plugin: Plugin) -> Iterator[Finding]:
    functions = {
        node.name: (file, node)
        for file, tree in _code(plugin)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    passed = {word.arg for _, tree in _code(plugin) for node in ast.walk(tree) if isinstance(node, ast.Call)
              for word in node.keywords} | _keys(plugin)  # fmt: skip
    for intent, declared in plugin.intents.items():
        file, node = functions.get(intent, ("", None))
        if node is None or declared.hidden or intent not in plugin.kinds:
            continue
        parameters = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)[1:]]
        parameters += [argument.arg for argument in node.args.kwonlyargs]
        for name in parameters:
            if name not in plugin.kinds[intent] and name not in passed:
                yield Finding(f"{file}:{node.lineno}", f"no sentence fills the slot {name} of {intent}")
        for name in sorted(declared.slots.keys() - plugin.kinds[intent].keys()):
            where = place(plugin.folder, "plugin.toml", f"intents.{intent}]")
            yield Finding(where, f"no sentence fills the slot {name} of {intent}, whose kind is declared", fault=True)


def _keys(plugin: Plugin) -> set[str]:
    """Keys of dictionaries, as those of `Then(slots=...)` are."""
    found = (node for _, tree in _code(plugin) for node in ast.walk(tree) if isinstance(node, ast.Dict))
    return {str(key.value) for node in found for key in node.keys if isinstance(key, ast.Constant)}


def _referenced(grammar: Grammar) -> set[str]:
    """Names of lists and rules that sentences name, or rules and lists that they name."""
    texts = [sentence for sentences in grammar.sentences.values() for sentence in sentences]
    found: set[str] = set()
    while texts:
        names = {name for text in texts for name in re.findall(r"\{(\w+)(?::\w+)?\}|<(\w+)>", text)}
        fresh = {name for pair in names for name in pair if name} - found
        found |= fresh
        texts = [grammar.rules[name] for name in fresh if name in grammar.rules]
        texts += [says for name in fresh for says, _ in grammar.lists.get(name, ())]
    return found


def _unused_answers(plugin: Plugin, grammar: Grammar, file: str) -> Iterator[Finding]:
    """An answer whose name stands in no text of the code, nor in its data."""
    if _gives_any(plugin):
        return
    patterns = {pattern for _, tree in _code(plugin) for node in ast.walk(tree) for pattern in _pattern(node)}
    data = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in plugin.folder.glob("*.toml"))
    used = re.compile("|".join(sorted(patterns)) or "$^")
    for key in grammar.answers:
        if not used.fullmatch(key) and not re.search(rf"\b{re.escape(key)}\b", data):
            yield Finding(place(plugin.folder, file, f"{key} ="), f"no code gives the answer {key}")


def _pattern(node: ast.AST) -> set[str]:
    """A text as a pattern: what is put together while it runs, as f"what_{kind}", may be anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {re.escape(node.value)}
    if isinstance(node, ast.JoinedStr):
        pieces = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w*" for part in node.values)
        return {"".join(pieces)}
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        return {re.escape(node.left.value) + r"\w*"}
    return set()


def _gives_any(plugin: Plugin) -> bool:
    """Whether it answers with a key that only running it tells: `ctx.t(finding.key)`."""
    calls = (node for _, tree in _code(plugin) for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    keys = (node.args[0] for node in calls if ast.unparse(node.func).endswith("ctx.t"))
    return any(isinstance(key, ast.Name | ast.Attribute | ast.Subscript | ast.Call) for key in keys)


# Languages --------------------------------------------------------------------------------------------------


def _untranslated(plugin: Plugin, languages: Iterable[str]) -> Iterator[Finding]:
    """Where a language lacks what English has. It falls back to English there."""
    english = plugin.grammars.get("en")
    missing = [code for code in languages if code not in plugin.grammars]
    if missing:
        yield Finding("sentences/", f"it speaks no {', '.join(missing)}: add sentences/{missing[0]}.toml")
    if english is None:
        return
    for language, grammar in plugin.grammars.items():
        file = f"sentences/{language}.toml"
        lacking = [f"sentences for {name}" for name in english.sentences if name not in grammar.sentences]
        lacking += [f"answer {key}" for key in english.answers if key not in grammar.answers]
        if lacking:
            yield Finding(file, f"it lacks: {', '.join(lacking)}")
        for key in english.answers.keys() & grammar.answers.keys():
            strange = _fields(grammar.answers[key]) - _fields(english.answers[key])
            if strange:
                where = place(plugin.folder, file, f"{key} =")
                yield Finding(where, f"answer {key}: {{{min(strange)}}} is not in the English one", fault=True)


def _fields(answer: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(answer) if name}
    except ValueError:  # a lone brace: telling it is the business of Plugin.answer
        return set()


def _unguarded(plugin: Plugin) -> Iterator[Finding]:
    """What sounds as if it could not be undone, and neither asks first nor can be taken back."""
    undoes = any("undo" in ast.dump(tree) for _, tree in _code(plugin))
    for intent, declared in plugin.intents.items():
        if _GRAVE.search(intent) and not declared.confirm and not undoes and not declared.hidden:
            where = place(plugin.folder, "plugin.toml", f"intents.{intent}]")
            yield Finding(where, f"{intent} asks nobody first: set confirm = true, or return Reply(undo=…)")


# Collisions -------------------------------------------------------------------------------------------------


def collisions(plugin: Plugin, route: Route, others: Route, samples: int = _SAMPLES) -> Iterator[Finding]:
    """Sentences of its own that come to something else, with all plugins loaded, or to nothing as two are alike.

    others: the same without this plugin, which names the other one
    """
    for language, grammar in plugin.grammars.items():
        for intent, sentences in grammar.sentences.items():
            declared = plugin.intents.get(intent)
            for sentence in sentences if declared is not None and not declared.follows else ():
                purpose: Purpose = declared.purposes[0] if declared is not None else "assist"
                for said in templates.samples(sentence, grammar, language, samples):
                    match = route(said, language, purpose)
                    if match is None or (match.plugin, match.intent) != (plugin.name, intent):
                        where = place(plugin.folder, f"sentences/{language}.toml", sentence)
                        other = others(said, language, purpose)
                        text = _collision(said, intent, match, other)
                        # Among its own, an author may well mean the special to go before the general.
                        theirs = other if match is None else match if match.plugin != plugin.name else None
                        yield Finding(where, text, fault=theirs is not None)
                        break


def _collision(said: str, intent: str, match: Match | None, other: Match | None) -> str:
    if match is not None:
        return f"“{said}” should mean {intent}, but means {match.plugin}.{match.intent}"
    if other is not None:
        also = f"{other.plugin}.{other.intent} as well"
        return f"“{said}” means {intent}, and {also}: where others install it, neither is chosen"
    return f"“{said}” should mean {intent}, but means nothing: is another sentence of this plugin like it?"
