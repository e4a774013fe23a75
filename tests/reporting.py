"""What the dictation report types, and what a cell of its table is."""

from __future__ import annotations

from dataclasses import dataclass

_LONG = (
    "Größe {n}: the quick «brown» fox jumps, naïve café, 数字 {n}, \U0001f600 ok? (yes/no) [a_b] {{c}} 50 % — señor. "
)

# Each is typed whole, and must stand in the application as it is, code point for code point.
TEXTS = {
    "ASCII": (
        'The {quick} [brown] fox_jumps @ 10:30 & says "hello" ~ it\'s <fine>; a\\b | c^d `e` #1 $2 50% (3*4)=12+x-y?!'
    ),
    "accents": (
        "Größe, café, naïve, señor, ¿qué?, «ça», Œuvre, Škoda, Łódź, İstanbul, Việt Nam, "
        "Ωμέγα, Привет, x\u0302 q\u0303 q\u0323\u0308, €"
    ),
    "CJK": "你好，世界！我爱北京天安门。日本語を話します、カタカナ。안녕하세요 세계, 한글. 𠮷野家 𩸽",
    "emoji": (
        "\U0001f600 \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 "
        "\U0001f1e9\U0001f1ea \U0001f3f3\ufe0f\u200d\U0001f308 \u2764\ufe0f 1\ufe0f\u20e3 "
        "\U0001f9d1\U0001f3ff\u200d\U0001f4bb ok"
    ),
    "RTL": "مرحبا بالعالم، كيف حالُكَ؟ 123 abc. שלום עולם, מה שלומך? \u200f(שָׁלוֹם)\u200e end",
    "newlines": "Dear Zoë,\n\nfirst line\n  - an item\n  - größer\n\tafter a tab\n\n\nBest regards",
    "5,000 characters": "".join(_LONG.format(n=n) for n in range(60))[:4999] + ".",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One text in one application.

    row: of TEXTS; column: application, layout and window system, e.g. "xterm de", "foot (Wayland)"
    got: what the application itself says it has; method: keys, paste …; seconds: until it was handed over
    """

    row: str
    column: str
    wanted: str
    got: str
    method: str
    seconds: float

    @property
    def equal(self) -> bool:
        return self.got == self.wanted

    @property
    def speed(self) -> float:
        """Characters a second."""
        return len(self.wanted) / self.seconds
