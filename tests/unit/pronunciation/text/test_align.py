from itertools import chain

from aihear_voice.pronunciation.text.align import align


def _rows(wanted: str, heard: str) -> list[tuple[str, str]]:
    left, right = wanted.split(), heard.split()
    pairs = align(left, right)
    assert list(chain(*(pair.wanted for pair in pairs))) == list(range(len(left)))
    assert list(chain(*(pair.heard for pair in pairs))) == list(range(len(right)))
    return [(" ".join(left[i] for i in pair.wanted), " ".join(right[i] for i in pair.heard)) for pair in pairs]


def test_equal() -> None:
    assert _rows("open the door", "open the door") == [("open", "open"), ("the", "the"), ("door", "door")]


def test_left_out_and_added() -> None:
    assert ("kitchen", "") in _rows("turn on the kitchen lights", "turn on the lights")
    assert ("", "really") in _rows("i like it", "i really like it")


def test_near_word_takes_the_place() -> None:
    assert ("think", "sink") in _rows("i think so", "i sink so")


def test_joined_and_cut_words() -> None:
    assert ("everybody", "every body") in _rows("hello everybody here", "hello every body here")
    assert ("living room", "livingroom") in _rows("the living room", "the livingroom")


def test_repeated_word_is_one_added() -> None:
    rows = _rows("the door", "the the door")
    assert sorted(heard for wanted, heard in rows if not wanted) == ["the"]


def test_nothing_on_a_side() -> None:
    assert _rows("a b", "") == [("a", ""), ("b", "")]
    assert _rows("", "a") == [("", "a")]
