import pytest

from aihear_voice.recognition import gates


@pytest.mark.parametrize(
    "text",
    [
        "Thank you. " * 8,
        "you " * 30,
        "I am going to the store and I am going to the store and I am going to the store and "
        "I am going to the store and",
        "谢谢观看" * 9,
        "So what is it? So what is it? So what is it? So what is it? So what is it?",
    ],
)
def test_word_loops_are_seen(text):
    assert gates.loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, no!",
        "My number is 5 5 5 5 5.",
        "It was very, very, very, very good.",
        "Bye bye. Bye bye.",
        "Again and again and again.",
        "哈哈哈哈哈",
        "",
        "Rain, rain, go away, come again another day, rain, rain, go away.",
    ],
)
def test_what_people_repeat_is_left_alone(text):
    assert not gates.loops(text)


def test_the_prompt_read_out_is_seen():
    assert gates.echoes("Kubectl, Nguyen.", "Anna, kubectl, Nguyen, Zoë")
    assert not gates.echoes("Call Nguyen.", "Anna, kubectl, Nguyen, Zoë")
    assert not gates.echoes("Nguyen.", "Anna, kubectl, Nguyen, Zoë")
    assert not gates.echoes("Hello there.", "")


def test_case_and_punctuation_make_no_difference():
    assert gates.same("What's the time?", "what’s the time".replace("’", "'"))
    assert gates.same("换行。", "换行")
    assert not gates.same("Turn on the lights.", "Turn off the lights.")
