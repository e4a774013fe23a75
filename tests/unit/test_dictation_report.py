"""The report's table tells what is not equal."""

from ..dictation_report import as_markdown
from ..reporting import TEXTS, Cell


def test_a_lost_letter_is_told():
    right, lost = TEXTS["CJK"], TEXTS["RTL"][:-1]
    cells = [
        Cell("CJK", "Tk us", right, right, "paste", 0.1),
        Cell("RTL", "Tk us", TEXTS["RTL"], lost, "keys", 0.2),
    ]
    report = as_markdown(cells, [Cell("keys", "Tk", "x" * 1000, "x" * 1000, "keys", 2.0)])
    assert "| CJK | = paste 470/s |" in report
    assert "| RTL | **not equal** keys 360/s |" in report
    assert "1 of 2 cells are equal" in report
    assert f"- Tk us, RTL: {lost!r} instead of" in report
    assert "= keys 500/s" in report


def test_the_texts_are_what_they_say():
    assert len(TEXTS["5,000 characters"]) == 5000
    assert TEXTS["ASCII"].isascii()
    assert "\u200d" in TEXTS["emoji"]
    assert "\t" in TEXTS["newlines"]
