"""A plugin's Python file: compared with its manifest without running it, and run when it is needed."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from .places import of_failure, place
from .templates import Slots

if TYPE_CHECKING:
    from .manifest import Plugin

_PARENT = "aihear_plugins"
EXTRA = "extra_sentences"  # optional function of a plugin: sentences that come from the person's settings


def check(plugin: Plugin, slots: Mapping[str, Sequence[Slots]]) -> None:
    """Each intent has a function, and each slot a parameter; nothing runs. Raises PluginError."""
    path = plugin.folder / f"{plugin.name}.py"
    try:
        tree = ast.parse(path.read_bytes(), path.name)
    except SyntaxError as error:
        raise _fault(f"{path.name}:{error.lineno}: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise _fault(f"{path.name} cannot be read: {error}") from error
    written = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for intent in plugin.intents:
        if intent not in written:
            at = place(plugin.folder, "plugin.toml", f"intents.{intent}]")
            raise _fault(f"{at}: {path.name} has no function {intent}, which plugin.toml names as an intent")
        before = plugin.intents[intent].follows
        unknown = [name for name in before if name not in plugin.intents]
        if unknown:
            at = place(plugin.folder, "plugin.toml", f"intents.{intent}]")
            raise _fault(f"{at}: intent {intent} follows {unknown[0]}, which is no intent")
        merged = frozenset[str]().union(*(each.some for name in before for each in slots[name]))
        filled = [replace(each, some=each.some | merged) for each in slots[intent]]
        try:
            _check_parameters(written[intent].args, intent, filled, plugin.folder)
        except PluginError as error:
            raise _fault(f"{path.name}:{written[intent].lineno}: {error.message}") from error


def _check_parameters(arguments: ast.arguments, intent: str, slots: Sequence[Slots], folder: Path) -> None:
    plain = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if not plain:
        raise _fault(f"function {intent} must take the context first: def {intent}(ctx)")
    needed = set(plain[1 : len(plain) - len(arguments.defaults)])
    needed |= {a.arg for a, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is None}
    known = {*plain[1:], *(argument.arg for argument in arguments.kwonlyargs)}
    for sentence in slots:
        unknown = sorted(sentence.some - known)
        missing = sorted(needed - sentence.always)
        text, file = sentence.template
        if unknown and arguments.kwarg is None:
            at = place(folder, file, text)
            raise _fault(f"function {intent} has no parameter {unknown[0]}, which a sentence fills ({at})")
        if missing:
            at = place(folder, file, text)
            message = f"function {intent} needs {missing[0]}, which not every sentence fills; give it a default"
            raise _fault(f"{message} ({at}: {text!r})")


def extra_sentences(plugin: Plugin) -> dict[str, tuple[str, ...]]:
    """What the plugin's `extra_sentences(settings)` makes of the person's settings: templates by intent.

    Runs the plugin's code. Raises PluginError.
    """
    try:
        make = getattr(_run(plugin), EXTRA)
        found = {intent: tuple(sentences) for intent, sentences in make(plugin.settings).items()}
    except PluginError:
        raise
    except Exception as error:  # the boundary, as in `functions`
        raise _fault(f"plugin {plugin.name}: {EXTRA}: {type(error).__name__}: {error}") from error
    unknown = sorted(found.keys() - plugin.intents.keys())
    if unknown:
        raise _fault(f"plugin {plugin.name}: {EXTRA} names {unknown[0]}, which is no intent")
    return found


def has_extra_sentences(plugin: Plugin) -> bool:
    """Without running anything."""
    tree = ast.parse((plugin.folder / f"{plugin.name}.py").read_bytes())
    return any(isinstance(node, ast.FunctionDef) and node.name == EXTRA for node in tree.body)


def functions(plugin: Plugin) -> dict[str, Callable[..., Any]]:
    """Runs the plugin's code. Raises PluginError with what went wrong."""
    try:
        module = _run(plugin)
    except Exception as error:  # the boundary: a plugin's code may fail in any way, and must not take us down
        at = of_failure(plugin.folder, error)
        message = f"plugin {plugin.name} cannot be loaded: {type(error).__name__}: {error}"
        raise _fault(f"{at}: {message}" if at else message) from error
    found = {intent: getattr(module, intent, None) for intent in plugin.intents}
    for intent, function in found.items():
        if not callable(function):
            raise _fault(f"plugin {plugin.name}: {intent} is no function")
    return {intent: function for intent, function in found.items() if callable(function)}


def _run(plugin: Plugin) -> ModuleType:
    name = f"{_PARENT}.{plugin.name}"
    if _PARENT not in sys.modules:
        parent = ModuleType(_PARENT)
        parent.__path__ = []  # a package without a folder: only what is put into it is found
        sys.modules[_PARENT] = parent
    path = plugin.folder / f"{plugin.name}.py"
    # As a package, so that a plugin can be split: `from .other_file import …`.
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(plugin.folder)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    for part in [part for part in sys.modules if part.startswith(f"{name}.")]:
        del sys.modules[part]  # it is loaded again, and its parts may have changed, too
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _fault(message: str) -> PluginError:
    return PluginError(message, "bad_code", "`aihear plugins check` tells all that is wrong")
