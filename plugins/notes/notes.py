"""Notes and lists in plain Markdown files, which may be edited by hand: one for all notes, and one for each list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date as Date

from aihear_voice.plugin import Context, PluginError, Reply, Then

from . import markdown
from .files import SUFFIX, Folder, fold, safe
from .markdown import Item

_NEAR = 80  # rapidfuzz's likeness, 0-100, from which a misheard name is taken for one that is there
_LAST = "list"  # in the store: the list that was used last
_DEFAULT = "shopping"
_READ_MOST = 20  # items that are read out at once


# Notes


def take_note(ctx: Context, text: str) -> Reply:
    note = text.strip()
    note = note[:1].upper() + note[1:]
    folder, name = Folder(ctx), _notes_name(ctx)
    before = folder.read(name)
    after = markdown.with_note(before or "", f"{ctx.now():%Y-%m-%d %H:%M}", note)
    return _changed(ctx, name, before, after, ctx.t("noted"))


def what_note(ctx: Context) -> Reply:
    return Reply(ctx.t("what_note"), then=Then("listen", intent="note_said"))


def note_said(ctx: Context) -> Reply:
    return take_note(ctx, ctx.text)


def read_notes(ctx: Context, count: int | float = 1) -> str:
    found = _notes(ctx)
    if not found:
        return ctx.t("no_notes")
    chosen = found[-max(1, min(int(count), _READ_MOST)) :]
    if len(chosen) == 1:
        return ctx.t("note", text=_closed(chosen[0].text))
    return " ".join([ctx.t("notes", count=len(chosen)), *(_closed(note.text) for note in reversed(chosen))])


def find_note(ctx: Context, topic: str) -> str:
    """The newest note that has all these words."""
    wanted = set(fold(topic).split())
    for note in reversed(_notes(ctx)):
        text = fold(note.text)
        if wanted and (wanted <= set(text.split()) or fold(topic) in text):
            return ctx.t("note_found", date=_day(ctx, note.when), text=_closed(note.text))
    return ctx.t("no_such_note", topic=topic)


def delete_note(ctx: Context) -> Reply | str:
    folder, name = Folder(ctx), _notes_name(ctx)
    before = folder.read(name) or ""
    found = markdown.notes(before)
    if not found:
        return ctx.t("no_notes")
    return _changed(ctx, name, before, markdown.without_note(before, found[-1]), ctx.t("note_deleted"))


def _notes(ctx: Context) -> list[markdown.Note]:
    return [note for note in markdown.notes(Folder(ctx).read(_notes_name(ctx)) or "") if note.text]


def _notes_name(ctx: Context) -> str:
    name = str(ctx.settings["notes_file"]).removesuffix(SUFFIX)
    if not name or name != safe(name):
        raise PluginError(f"plugin.notes.notes_file: {name!r} is no name", "bad_setting", 'such as "Notes.md"')
    return name


# Lists


def add(ctx: Context, items: str, name: str = "") -> Reply | str:
    wanted = _parted(ctx, items)
    found = _list(ctx, name, new=True)
    if not found:
        return ctx.t("bad_name")
    if not wanted:
        return what_to_add(ctx, name)
    folder = Folder(ctx)
    before = folder.read(found)
    there = {fold(item.text): item for item in markdown.items(before or "")}
    again = [there[fold(item)] for item in wanted if fold(item) in there]
    new = [item for item in wanted if fold(item) not in there]
    if not new and all(not item.done for item in again):
        return ctx.t("there_already", items=_joined(ctx, wanted), list=_called(ctx, found))
    after = before if before is not None else markdown.titled(found)
    after = markdown.marked(after, [item.line for item in again if item.done], done=False)
    after = markdown.with_items(after, new) if new else after
    said = ctx.t("added_new" if before is None else "added", items=_joined(ctx, wanted), list=_called(ctx, found))
    return _changed(ctx, found, before, after, _capital(said))


def what_to_add(ctx: Context, name: str = "") -> Reply:
    return Reply(ctx.t("what_to_add"), then=Then("listen", intent="items_said", slots={"name": name}))


def items_said(ctx: Context, name: str = "") -> Reply | str:
    return add(ctx, ctx.text.strip(" .!?。！？"), name)


def read_list(ctx: Context, name: str = "") -> str:
    found = _list(ctx, name)
    if not found:
        return _none(ctx, name)
    there = markdown.items(Folder(ctx).read(found) or "")
    still = [item.text for item in there if not item.done]
    if not still:
        return _capital(ctx.t("all_done" if there else "empty", list=_called(ctx, found)))
    told = _joined(ctx, still[:_READ_MOST])
    if len(still) > _READ_MOST:
        told = ctx.t("more", items=ctx.t("comma").join(still[:_READ_MOST]), count=len(still) - _READ_MOST)
    return _capital(ctx.t("on_list", list=_called(ctx, found), items=told))


def is_on(ctx: Context, item: str, name: str = "") -> str:
    found = _list(ctx, name)
    if not found:
        return _none(ctx, name)
    meant = [there for there in _meant(markdown.items(Folder(ctx).read(found) or ""), item) if not there.done]
    key = "is_on" if meant else "is_not_on"
    return _capital(ctx.t(key, item=_joined(ctx, [there.text for there in meant]) or item, list=_called(ctx, found)))


def remove(ctx: Context, item: str, name: str = "") -> Reply | str:
    return _change(ctx, item, name, "removed", lambda text, lines: markdown.without_lines(text, lines))


def tick(ctx: Context, item: str, name: str = "") -> Reply | str:
    return _change(ctx, item, name, "ticked", lambda text, lines: markdown.marked(text, lines, done=True), done=False)


def untick(ctx: Context, item: str, name: str = "") -> Reply | str:
    return _change(ctx, item, name, "unticked", lambda text, lines: markdown.marked(text, lines, done=False), done=True)


def _change(
    ctx: Context,
    item: str,
    name: str,
    answer: str,
    change: Callable[[str, Sequence[int]], str],
    done: bool | None = None,
) -> Reply | str:
    """done: only those that are, or are not"""
    found = _list(ctx, name)
    if not found:
        return _none(ctx, name)
    before = Folder(ctx).read(found) or ""
    there = [one for one in markdown.items(before) if done in (None, one.done)]
    whole = _meant(there, item)  # "salt and pepper" may be one
    meant = [whole] if whole else [_meant(there, part) for part in _parted(ctx, item)]
    if not meant or not all(meant):
        missing = next((part for part in _parted(ctx, item) if not _meant(there, part)), item)
        return _capital(ctx.t("is_not_on", item=missing, list=_called(ctx, found)))
    if any(len(choice) > 1 for choice in meant):
        names = next([one.text for one in choice] for choice in meant if len(choice) > 1)
        return ctx.t("which", items=ctx.t("or", first=ctx.t("comma").join(names[:-1]), last=names[-1]))
    chosen = [choice[0] for choice in meant]
    said = ctx.t(answer, items=_joined(ctx, [one.text for one in chosen]), list=_called(ctx, found))
    return _changed(ctx, found, before, change(before, [one.line for one in chosen]), _capital(said))


def clear(ctx: Context, name: str = "") -> Reply | str:
    """All items go; what else was written into the file stays."""
    found = _list(ctx, name, near=False)
    if not found:
        return _none(ctx, name)
    before = Folder(ctx).read(found) or ""
    gone = [item.line for item in markdown.items(before)]
    if not gone:
        return _capital(ctx.t("empty", list=_called(ctx, found)))
    return _changed(
        ctx, found, before, markdown.without_lines(before, gone), _capital(ctx.t("cleared", list=_called(ctx, found)))
    )


def new_list(ctx: Context, name: str) -> Reply | str:
    found = _list(ctx, name, new=True, near=False)
    if not found:
        return ctx.t("bad_name")
    if Folder(ctx).read(found) is not None:
        return ctx.t("list_there", list=_called(ctx, found))
    return _changed(ctx, found, None, markdown.titled(found), _capital(ctx.t("list_made", list=_called(ctx, found))))


def delete_list(ctx: Context, name: str) -> Reply | str:
    found = _list(ctx, name, near=False)
    if not found:
        return _none(ctx, name)
    before = Folder(ctx).read(found)
    return _changed(ctx, found, before, None, _capital(ctx.t("list_deleted", list=_called(ctx, found))))


def which_lists(ctx: Context) -> str:
    found = _lists(ctx)
    if not found:
        return ctx.t("no_lists")
    return ctx.t("one_list" if len(found) == 1 else "lists", lists=_joined(ctx, [_called(ctx, name) for name in found]))


# What follows on what was just said of a list


def add_more(ctx: Context, items: str, name: str = "", **_: object) -> Reply | str:
    """ "And eggs"; to the same list."""
    return add(ctx, items, name)


def read_it(ctx: Context, name: str = "", **_: object) -> str:
    return read_list(ctx, name)


def remove_more(ctx: Context, item: str, name: str = "", **_: object) -> Reply | str:
    return remove(ctx, item, name)


# Which list, which item


def _lists(ctx: Context) -> list[str]:
    return [name for name in Folder(ctx).names() if fold(name) != fold(_notes_name(ctx))]


def _list(ctx: Context, said: str, new: bool = False, near: bool = True) -> str:
    """The file's name, without its suffix, of the list that is meant; "" where there is none, or it has no name.

    new: one that is not there is named as well; near: a misheard name may be meant
    """
    there = _lists(ctx)
    wanted = _names(ctx, said or str(ctx.store.load().get(_LAST) or _DEFAULT))
    for name in wanted:
        for known in there:
            if _bare(ctx, known) == _bare(ctx, name):
                return known
    if near and (like := _like(ctx, wanted[0], there)):
        return like
    name = safe(wanted[0])
    if fold(name) == fold(_notes_name(ctx)):
        return ""
    return name if new else ""


def _names(ctx: Context, said: str) -> list[str]:
    """What the file may be called: a list such as "shopping" has a name in each language."""
    languages = [ctx.language, *(code for code in ctx.plugin.languages if code != ctx.language)]
    grammars = [ctx.plugin.grammars[code] for code in languages if code in ctx.plugin.grammars]
    known = [grammar.answers[f"file_{said}"] for grammar in grammars if f"file_{said}" in grammar.answers]
    return known or [_without_list(ctx, said)]


def _without_list(ctx: Context, name: str) -> str:
    """ "Packliste" stays one, "packing list" is "packing"."""
    short = re.sub(ctx.t("list_word"), "", name.strip(), flags=re.IGNORECASE).strip()
    return short or name


def _bare(ctx: Context, name: str) -> str:
    return fold(_without_list(ctx, name)) or name


def _like(ctx: Context, name: str, there: Sequence[str]) -> str:
    from rapidfuzz import fuzz, process

    known = {one: _bare(ctx, one) for one in there}
    found = process.extract(_bare(ctx, name), known, scorer=fuzz.ratio, limit=2, score_cutoff=_NEAR)
    return str(found[0][2]) if len(found) == 1 or (len(found) > 1 and found[0][1] > found[1][1]) else ""


def _meant(there: Sequence[Item], said: str) -> list[Item]:
    """The same, else those with all its words, else the one that sounds most like it."""
    from rapidfuzz import fuzz

    wanted = fold(said)
    if not wanted:
        return []
    same = [item for item in there if fold(item.text) == wanted]
    if same:
        return same[:1]
    within = [item for item in there if set(wanted.split()) <= set(fold(item.text).split())]
    if within or not wanted.isascii():
        return within or [item for item in there if not wanted.isascii() and wanted in fold(item.text)]
    likeness = {item: fuzz.ratio(fold(item.text), wanted) for item in there}
    best = max(likeness.values(), default=0)
    return [item for item in there if likeness[item] == best] if best >= _NEAR else []


def _called(ctx: Context, name: str) -> str:
    """How the list is spoken of: "shopping list"."""
    for key in ("shopping", "todo", "packing", "wish"):
        if fold(name) in {fold(known) for known in _names(ctx, key)}:
            return ctx.t(f"called_{key}")
    return ctx.t("called", name=name)


def _none(ctx: Context, said: str) -> str:
    name = _names(ctx, said or _DEFAULT)[0]
    return ctx.t("no_list", list=_called(ctx, name))


# Doing it, and saying so


def _changed(ctx: Context, name: str, before: str | None, after: str | None, text: str) -> Reply:
    """Write the file. Taken back only while nobody has changed it since."""
    folder = Folder(ctx)
    folder.write(name, after)
    if name != _notes_name(ctx) and after is not None:
        ctx.store.save({**ctx.store.load(), _LAST: name})

    def undo() -> None:
        if folder.read(name) != after:
            raise PluginError(ctx.t("changed_since", list=_called(ctx, name)), "changed", "mend it by hand")
        folder.write(name, before)

    return Reply(text, undo=undo)


def _parted(ctx: Context, items: str) -> list[str]:
    """ "milk, eggs and bread" is three."""
    parts = re.split(rf"\s*[,;，、；]\s*(?:{ctx.t('and_words')})?|(?<=\S){ctx.t('and_between')}(?=\S)", items)
    plain = (re.sub(ctx.t("articles"), "", part.strip(" .!?。！？")) for part in parts if part)
    return list(dict.fromkeys(part for part in plain if part))


def _joined(ctx: Context, told: Sequence[str]) -> str:
    if len(told) < 2:
        return "".join(told)
    return ctx.t("and", first=ctx.t("comma").join(told[:-1]), last=told[-1])


def _closed(text: str) -> str:
    """With a mark at its end, so that the voice makes a pause."""
    line = " ".join(text.split())
    mark = "。" if "\u3400" <= line[-1:] <= "\u9fff" else "."
    return line if line[-1:] in ".!?。！？" else line + mark


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(ctx: Context, when: str) -> str:
    day = Date.fromisoformat(when[:10])
    return ctx.t("date", day=day.day, month=ctx.t("months").split(",")[day.month - 1], year=day.year)
