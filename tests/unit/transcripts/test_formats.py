import json

import pytest

from aihear_voice.transcripts import formats


def segment(start, end, text, words=None):
    return {"start": start, "end": end, "text": text} | ({"words": words} if words else {})


RESULT = {
    "text": " Hello. Ice & <fire> --> {now}\\N.",
    "language": "en",
    "segments": [
        segment(0.0, 1.5, " Hello."),
        segment(3661.0421, 3662.9996, " Ice & <fire> --> {now}\\N."),
        segment(3663.0, 3663.5, "  "),
    ],
}


def test_txt():
    assert formats.txt(RESULT) == "Hello.\nIce & <fire> --> {now}\\N.\n"


def test_tsv_is_in_milliseconds():
    assert formats.tsv({"segments": [segment(0.5, 1.25, " A\tb\nc")]}) == "start\tend\ttext\n500\t1250\tA b c\n"


def test_srt():
    assert formats.srt(RESULT) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n01:01:01,042 --> 01:01:03,000\nIce & <fire> -> {now}\\N.\n"
    )


def test_vtt_escapes_what_would_be_markup_or_a_new_cue():
    assert formats.vtt(RESULT) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.\n\n"
        "01:01:01.042 --> 01:01:03.000\nIce &amp; &lt;fire&gt; --&gt; {now}\\N.\n"
    )


def test_ass_lets_no_text_become_a_command():
    lines = [line for line in formats.ass(RESULT).splitlines() if line.startswith("Dialogue:")]
    assert lines[0] == "Dialogue: 0,0:00:00.00,0:00:01.50,Default,,0,0,0,,Hello."
    assert lines[1].startswith("Dialogue: 0,1:01:01.04,1:01:03.00,")
    said = lines[1].split(",,")[-1]
    assert not set(said) & set("{}\\")


def test_ass_lights_each_word_for_as_long_as_it_is_spoken():
    words = [
        {"word": " One", "start": 1.0, "end": 1.333, "probability": 1.0},
        {"word": " two", "start": 1.5, "end": 2.0, "probability": 1.0},
    ]
    line = formats.ass({"segments": [segment(1.0, 2.0, " One two", words)]}).splitlines()[-1]
    assert line.endswith(r"{\k33}One{\k67} two")


def test_json_is_whispers_own():
    assert json.loads(formats.to_json(RESULT)) == RESULT
    assert "谢谢" in formats.to_json({"text": "谢谢"})


@pytest.mark.parametrize("name", formats.WRITERS)
def test_nothing_said_is_an_empty_file_of_its_kind(name):
    text = formats.WRITERS[name]({"text": "", "language": "", "segments": []})
    assert "Dialogue:" not in text
    assert " --> " not in text


def test_captions_are_broken_into_even_lines():
    lines = formats.wrap("The quick brown fox jumps over the lazy dog and then goes home to sleep for a while")
    assert len(lines) >= 2
    assert max(map(len, lines)) <= formats.LINE_CHARACTERS
    assert max(map(len, lines)) - min(map(len, lines)) < 20
    assert formats.wrap("short") == ["short"]


def test_chinese_captions_break_between_characters_but_not_in_words():
    text = "请打开浏览器然后搜索OpenAI的网站并且告诉我北京今天的天气怎么样谢谢你"
    lines = formats.wrap(text, "zh")
    assert "".join(lines) == text
    assert len(lines) >= 2
    assert any("OpenAI" in line for line in lines)


def test_one_endless_word_is_left_whole():
    assert formats.wrap("a" * 100) == ["a" * 100]
