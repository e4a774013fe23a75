from aihear_voice.understanding import normalise

WAKE = ("hey jarvis", "alexa")


def words(text, language="en"):
    return [token.text for token in normalise.tokens(text, language)]


def barest(text, language="en", polite=True):
    parts = normalise.tokens(text, language)
    return normalise.join(next(iter(normalise.readings(parts, language, WAKE, polite))))[0]


def test_case_marks_and_contractions_do_not_matter():
    assert words("WHAT'S the time?!") == words("what is the time") == words("What’s, the time...")


def test_figures_signs_and_initials_are_words():
    assert words("10min at 7:30 p.m., 40%") == ["10", "min", "at", "7:30", "pm", "40", "%"]


def test_fillers_are_those_of_the_language():
    assert words("Um, what time is it, uh?") == words("what time is it")
    assert words("Stell ihn um sieben", "de") == ["stell", "ihn", "um", "sieben"]  # there, "um" is a word


def test_a_filler_alone_is_kept():
    assert words("Hmm.") == ["hmm"]


def test_accents_and_traditional_characters_fold():
    assert words("¿Qué HORA es?", "es") == ["que", "hora", "es"]
    assert words("Schließe", "de") == ["schliesse"]
    assert words("現在幾點", "zh") == list("现在几点")


def test_wake_phrase_and_politeness_are_left_out():
    for said in (
        "Hey Jarvis, what time is it?",
        "Jarvis, what time is it?",
        "Hey, Jarvis. Hey Jarvis, can you please... what time is it, please?",
        "Could you what time is it, thank you.",
        "Hey Travis, what time is it?",
        "Alexa what time is it",
        "Hello! What time is it?",
    ):
        assert barest(said) == "what time is it", said
    assert barest("Por favor, ¿qué hora es? Gracias.", "es") == "que hora es"
    assert barest("Kannst du mir bitte sagen", "de") == "sagen"


def test_what_is_left_out_is_kept_when_nothing_else_was_said():
    assert barest("Thank you.") == "thank you"
    assert barest("Alexa.") == "alexa"
    assert barest("Please, please.") == "please please"


def test_dictation_keeps_politeness():
    assert barest("Could you call me, please?", polite=False) == "could you call me please"
    assert barest("Hey Jarvis, new line.", polite=False) == "new line"
    assert barest("Hey Peter, new line.", polite=False) == "hey peter new line"


def test_each_word_knows_its_place():
    text = "Uh, call  Anna-Lena's  mother!"
    assert [text[token.start : token.end] for token in normalise.tokens(text, "en")] == [
        "call",
        "Anna",
        "Lena's",
        "mother",
    ]


def test_templates_fold_like_sentences_and_keep_their_syntax():
    assert (
        normalise.template("(What's|tell me) [the] E-mail, {Text:Who}?", "en")
        == "(what is|tell me) [the] e mail {Text:Who}"
    )
    assert normalise.template("設置 一個 {duration:seconds} 的定時器。", "zh") == "设置一个{duration:seconds}的定时器"
