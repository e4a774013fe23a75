"""How wrong a text is called."""

import pytest

from aihear_voice.bench.accuracy import Recording, scored, words
from aihear_voice.types import Audio, Transcript


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Set a timer for 10 minutes.", "set a timer for ten minutes"),
        ("en", "What's 21 plus 3?", "what is twenty-one plus three"),
        ("de", "Wecker um 5 Uhr", "wecker um fünf uhr"),
        ("zh", "设置3分钟的定时器。", "设置三分钟的定时器"),
        ("xx", "It is 7.", "it is seven"),
    ],
)
def test_how_it_is_written_does_not_count(language, one, other):
    assert words(one, language) == words(other, language)


def heard(text, reliable=True, window="short"):
    return Transcript(text, "en", (), -0.1, 0.0, "", 0.5, reliable, window)


def test_errors_are_counted_as_the_field_counts_them():
    def said(text):
        return Recording(Audio([], 0.0), text, "en")

    score = scored(
        [said("open the browser"), said("what time is it"), said("scroll down"), said("yes")],
        [heard("Open a browser."), heard("What time is it?"), heard("", False), heard("yes, yes", window="again")],
    )
    assert score.wer == pytest.approx(100 * (1 + 0 + 2 + 1) / 10)
    assert score.exact == 25
    assert score.unreliable == 25
    assert score.again == 25
    assert score.compute_s == 2
