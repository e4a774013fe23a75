"""What may be taken back, and what new text is joined to."""

from __future__ import annotations

from aihear_voice.acting.ledger import Ledger, Target, clean

HERE, THERE = Target(1, "letter"), Target(2, "mail")


def take_last(ledger: Ledger) -> None:
    piece = list(ledger)[-1]
    ledger.rewrite(ledger.past, piece.text, "", piece.target.window)


def test_the_last_piece_belongs_to_its_window() -> None:
    ledger = Ledger()
    ledger.add("one", "keys", HERE)
    ledger.add("two", "paste", THERE)
    assert ledger.last(HERE.window) is None
    last = ledger.last(THERE.window)
    assert last is not None
    assert (last.text, last.method, last.target) == ("two", "paste", THERE)
    take_last(ledger)
    back = ledger.last(HERE.window)
    assert back is not None
    assert back.text == "one"


def test_joins_pieces_in_a_row() -> None:
    ledger = Ledger()
    ledger.add("one", "keys", HERE)
    ledger.add(" two", "keys", HERE)
    assert ledger.before(HERE.window) == "one two"
    assert ledger.before(THERE.window) == ""
    ledger.add("x", "keys", THERE)
    ledger.add("three", "keys", HERE)
    assert ledger.before(HERE.window) == "three"


def test_enter_is_text_and_other_keys_part_it() -> None:
    ledger = Ledger()
    ledger.add("one", "keys", HERE)
    ledger.pressed("enter", 2, HERE)
    assert ledger.before(HERE.window) == "one\n\n"
    ledger.pressed("left", 1, HERE)
    assert ledger.before(HERE.window) == ""
    assert not ledger.untouched
    ledger.add("two", "keys", HERE)
    assert ledger.before(HERE.window) == "two"
    take_last(ledger)
    assert ledger.before(HERE.window) == ""


def test_is_bounded() -> None:
    ledger = Ledger()
    for number in range(1000):
        ledger.add(str(number), "keys", HERE)
    assert len(list(ledger)) == 200


def test_cleans_what_cannot_be_typed() -> None:
    assert clean("a\r\nb\rc") == "a\nb\nc"
    assert clean("e\u0301") == "é"
    assert clean("x\x1b[2J\x00y\x7f\tz") == "x[2Jy\tz"  # no escape sequence reaches a terminal
    assert clean("\U0001f468\u200d\U0001f469") == "\U0001f468\u200d\U0001f469"
