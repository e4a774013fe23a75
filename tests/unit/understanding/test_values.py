from datetime import date

import pytest

from aihear_voice.understanding import normalise, numbers, values

TODAY = date(2030, 3, 4)  # a Monday


def named(kind, text, language):
    """What the whole of `text` means as that kind."""
    parts = normalise.tokens(text, language)
    found = {span.value for span in values.find(parts, language, TODAY) if span.kind == kind}
    whole = [s.value for s in values.find(parts, language, TODAY) if (s.kind, s.start, s.end) == (kind, 0, len(parts))]
    assert whole, f"{text!r} is no {kind}; found: {found}"
    assert len(set(whole)) == 1
    return whole[0]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "twenty-five", 25),
        ("en", "one hundred and five", 105),
        ("en", "a hundred", 100),
        ("en", "1,200", 1200),
        ("en", "2.5", 2.5),
        ("en", "three point five", 3.5),
        ("de", "fünfundzwanzig", 25),
        ("de", "zweihundertdrei", 203),
        ("de", "1.200", 1200),
        ("de", "2,5", 2.5),
        ("es", "treinta y cinco", 35),
        ("es", "veintidós", 22),
        ("es", "veintidos", 22),
        ("fr", "vingt et un", 21),
        ("fr", "quatre-vingt-dix-sept", 97),
        ("fr", "trois virgule cinq", 3.5),
        ("zh", "二十五", 25),
        ("zh", "一百零五", 105),
        ("zh", "一百五", 150),
        ("zh", "两千三百", 2300),
        ("zh", "三萬五千", 35000),
        ("zh", "４０", 40),
    ],
)
def test_numbers(language, text, value):
    assert named("number", text, language) == value


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "ten minutes", 600),
        ("en", "10 mins", 600),
        ("en", "10m", 600),
        ("en", "ten-minute", 600),
        ("en", "an hour", 3600),
        ("en", "an hour and a half", 5400),
        ("en", "one and a half hours", 5400),
        ("en", "2.5 hours", 9000),
        ("en", "1½ hours", 5400),
        ("en", "1 1/2 hours", 5400),
        ("en", "half an hour", 1800),
        ("en", "a quarter of an hour", 900),
        ("en", "three quarters of an hour", 2700),
        ("en", "1 hour, 30 minutes and 5 seconds", 5405),
        ("en", "two hours twenty minutes", 8400),
        ("en", "a couple of minutes", 120),
        ("de", "fünfundzwanzig Minuten", 1500),
        ("de", "eine halbe Stunde", 1800),
        ("de", "anderthalb Stunden", 5400),
        ("de", "eine Viertelstunde", 900),
        ("de", "eine Stunde und zehn Minuten", 4200),
        ("es", "diez minutos", 600),
        ("es", "media hora", 1800),
        ("es", "una hora y media", 5400),
        ("es", "tres cuartos de hora", 2700),
        ("es", "un cuarto de hora", 900),
        ("fr", "dix minutes", 600),
        ("fr", "une demi-heure", 1800),
        ("fr", "une heure et demie", 5400),
        ("fr", "trois quarts d'heure", 2700),
        ("fr", "une heure et dix minutes", 4200),
        ("zh", "十分钟", 600),
        ("zh", "10 分鐘", 600),
        ("zh", "半个小时", 1800),
        ("zh", "一个半小时", 5400),
        ("zh", "两分半钟", 150),
        ("zh", "一小时三十分钟", 5400),
    ],
)
def test_durations_in_seconds(language, text, value):
    assert named("duration", text, language) == value


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "7", "07:00"),
        ("en", "7:30 p.m.", "19:30"),
        ("en", "7 PM", "19:00"),
        ("en", "12 a.m.", "00:00"),
        ("en", "12 p.m.", "12:00"),
        ("en", "7.30 a.m.", "07:30"),
        ("en", "seven thirty", "07:30"),
        ("en", "seven o'clock", "07:00"),
        ("en", "half past seven", "07:30"),
        ("en", "half past seven in the evening", "19:30"),
        ("en", "quarter to eight", "07:45"),
        ("en", "twenty to eight", "07:40"),
        ("en", "ten past seven tonight", "19:10"),
        ("en", "noon", "12:00"),
        ("en", "midnight", "00:00"),
        ("en", "19:05", "19:05"),
        ("de", "7 Uhr", "07:00"),
        ("de", "7 Uhr 30", "07:30"),
        ("de", "19.30 Uhr", "19:30"),
        ("de", "halb acht", "07:30"),
        ("de", "fünf vor halb acht", "07:25"),
        ("de", "viertel vor acht", "07:45"),
        ("de", "sieben Uhr abends", "19:00"),
        ("es", "siete y media", "07:30"),
        ("es", "ocho menos cuarto", "07:45"),
        ("es", "siete y media de la tarde", "19:30"),
        ("es", "7:30 p. m.", "19:30"),
        ("fr", "sept heures", "07:00"),
        ("fr", "7h30", "07:30"),
        ("fr", "huit heures moins le quart", "07:45"),
        ("fr", "sept heures et demie du soir", "19:30"),
        ("fr", "trois heures de l'après-midi", "15:00"),
        ("fr", "midi et demi", "12:30"),
        ("zh", "七点半", "07:30"),
        ("zh", "下午三点一刻", "15:15"),
        ("zh", "晚上8点15分", "20:15"),
        ("zh", "早上七點", "07:00"),
    ],
)
def test_times(language, text, value):
    assert named("time", text, language) == value


def test_the_part_of_the_day_counts_wherever_it_is_said():
    parts = normalise.tokens("tomorrow evening at 7", "en")
    assert {s.value for s in values.find(parts, "en", TODAY) if s.kind == "time"} == {"19:00"}


@pytest.mark.parametrize("text", ["25 o'clock", "7:75", "half past thirty"])
def test_no_times(text):
    parts = normalise.tokens(text, "en")
    found = values.find(parts, "en", TODAY)
    assert not [s for s in found if s.kind == "time" and (s.start, s.end) == (0, len(parts))]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "today", "2030-03-04"),
        ("en", "tomorrow", "2030-03-05"),
        ("en", "the day after tomorrow", "2030-03-06"),
        ("en", "Friday", "2030-03-08"),
        ("en", "Monday", "2030-03-11"),
        ("en", "May 5th", "2030-05-05"),
        ("en", "the fifth of May", "2030-05-05"),
        ("en", "March 1", "2031-03-01"),
        ("en", "February 29", "2032-02-29"),
        ("de", "übermorgen", "2030-03-06"),
        ("de", "Freitag", "2030-03-08"),
        ("de", "5. Mai", "2030-05-05"),
        ("es", "mañana", "2030-03-05"),
        ("es", "pasado mañana", "2030-03-06"),
        ("es", "5 de mayo", "2030-05-05"),
        ("fr", "après-demain", "2030-03-06"),
        ("fr", "vendredi prochain", "2030-03-08"),
        ("fr", "le premier mai", "2030-05-01"),
        ("zh", "明天", "2030-03-05"),
        ("zh", "星期五", "2030-03-08"),
        ("zh", "五月五号", "2030-05-05"),
    ],
)
def test_dates(language, text, value):
    assert named("date", text, language) == value


def test_the_morning_is_not_tomorrow():
    parts = normalise.tokens("a las siete de la mañana", "es")
    assert not [span for span in values.find(parts, "es", TODAY) if span.kind == "date"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "40%"),
        ("en", "forty percent"),
        ("en", "40 per cent"),
        ("de", "40 Prozent"),
        ("es", "cuarenta por ciento"),
        ("fr", "quarante pour cent"),
        ("zh", "百分之四十"),
        ("zh", "40%"),
        ("en", "40"),
    ],
)
def test_percentages_are_whole_numbers(language, text):
    value = named("percent", text, language)
    assert value == 40
    assert isinstance(value, int)


@pytest.mark.parametrize(("language", "text"), [("en", "a percent"), ("fr", "un pour cent")])
def test_one_percent_may_be_said_with_an_article(language, text):
    assert named("percent", text, language) == 1


@pytest.mark.parametrize("text", ["9" * 10_000, "亿" * 10_000, "一" * 10_000, "million " * 1000, "9" * 400 + ".5"])
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "zh"])
def test_what_nobody_says_is_no_number(language, text):
    assert all(number.value < 1e15 for number in numbers.find(normalise.tokens(text, language), language))
    values.named(text, language, TODAY)


def test_numbers_apart_are_apart():
    parts = normalise.tokens("twenty, five", "en")
    assert [number.value for number in numbers.find(parts, "en")] == [20, 5]


def test_seconds_are_no_ordinal():
    assert named("duration", "one second", "en") == 1
