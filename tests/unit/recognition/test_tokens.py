"""The tokens are openai-whisper's, for each kind of model that it has."""

import pytest

from aihear_voice.recognition.tokens import for_vocabulary

KINDS = [(51864, False, 99), (51865, True, 99), (51866, True, 100)]
TEXTS = {
    "en": " Hello, world! It's 5 o'clock — isn't it? A naïve café.",
    "de": " Wie spät ist's? Ach so!",
    "zh": "现在几点了?打开浏览器。𠀀",
    "ja": "今何時ですか。",
}


@pytest.mark.parametrize(("size", "multilingual", "languages"), KINDS)
def test_they_are_whispers(size, multilingual, languages):
    theirs = pytest.importorskip("whisper.tokenizer").get_tokenizer(
        multilingual, num_languages=languages, language="de", task="translate"
    )
    ours = for_vocabulary(size)
    assert (ours.eot, ours.sot, ours.sot_prev) == (theirs.eot, theirs.sot, theirs.sot_prev)
    assert (ours.no_timestamps, ours.timestamp_begin) == (theirs.no_timestamps, theirs.timestamp_begin)
    assert tuple(ours.start("de", "translate")) == tuple(theirs.sot_sequence)
    assert {name: ours.eot + index for index, name in enumerate(ours.specials())} == theirs.special_tokens
    assert ours.eot + len(ours.specials()) == size


@pytest.mark.parametrize(("size", "multilingual", "languages"), KINDS)
@pytest.mark.parametrize("language", TEXTS)
def test_text_goes_there_and_back_and_parts_into_the_same_words(size, multilingual, languages, language):
    theirs = pytest.importorskip("whisper.tokenizer").get_tokenizer(
        multilingual, num_languages=languages, language=language
    )
    ours = for_vocabulary(size)
    ids = ours.encode(TEXTS[language])
    assert ids == theirs.encode(TEXTS[language])
    assert ours.decode([*ids, ours.eot, ours.timestamp_begin]) == TEXTS[language]
    if multilingual:
        assert ours.words(ids, language) == theirs.split_to_word_tokens(ids)[1]
