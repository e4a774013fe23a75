"""Which keys paste, by application: terminals need Ctrl+C and Ctrl+V for themselves."""

from __future__ import annotations

CTRL_V, CTRL_SHIFT_V, SHIFT_INSERT = "ctrl+v", "ctrl+shift+v", "shift+insert"

# By X11's class or Wayland's app_id in small letters.
_MODAL = {"emacs", "gvim"}
_CHORDS = {
    **dict.fromkeys(("xterm", "uxterm", "koi8rxterm", "urxvt", "rxvt", "aterm", "eterm", "mlterm"), SHIFT_INSERT),
    **dict.fromkeys(_MODAL, SHIFT_INSERT),
    **dict.fromkeys(
        (
            "gnome-terminal", "gnome-terminal-server", "konsole", "xfce4-terminal", "mate-terminal", "lxterminal",
            "terminator", "tilix", "kitty", "alacritty", "wezterm", "org.wezfurlong.wezterm", "st", "st-256color",
            "qterminal", "guake", "yakuake", "ptyxis", "org.gnome.ptyxis", "cool-retro-term", "deepin-terminal",
            "terminology", "sakura", "roxterm", "tilda", "kgx", "org.gnome.console", "com.mitchellh.ghostty", "ghostty",
            "foot", "footclient", "org.kde.konsole", "org.kde.yakuake", "org.gnome.terminal", "com.gexperts.tilix",
            "com.system76.cosmicterm", "com.raggesilver.blackbox", "rio", "havoc",
        ),
        CTRL_SHIFT_V,
    ),
}  # fmt: skip


def paste_chord(app: str) -> str:
    """Shift+Insert pastes the primary selection in those programs for which it is given here."""
    return _CHORDS.get(app.lower(), CTRL_V)


def is_terminal(app: str) -> bool:
    return app.lower() in _CHORDS.keys() - _MODAL


def is_modal(app: str) -> bool:
    """Shift+Left is not "select" in all modes of such an editor."""
    return app.lower() in _MODAL
