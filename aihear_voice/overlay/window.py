"""The overlay's process: python window.py POSITION SCALE, with events as JSON lines on standard input.

The standard library and Tk only: it runs on any Python of this computer that has Tk, which ours may not have. The
window is override-redirect, which no window manager ever gives the focus, and takes no key and no click.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

LINGER_S = 2.5  # how long the last text stays when nothing goes on any more
NOTICE_S = 7.0  # how long something that went wrong is told
LOST_S = 3600.0  # the same, for a device that is lost and does not come back
LINES = 3  # of text; of a longer one, the end is shown
WIDTH = 0.5  # of the screen, at most
WIDEST = 760  # pixels at 96 dots an inch
MARGIN = 0.06  # of the screen's height, between its edge and the window
FONT_PX = 19
BACKGROUND, BRIGHT, DIM, ALARM = "#17181c", "#ffffff", "#c3c6cf", "#ffb4a8"  # each 9:1 or more on the background
DOTS = {"listening": "#62d26f", "thinking": "#ffd166", "speaking": "#7cc4ff", "muted": "#ffb4a8", "idle": "#c3c6cf"}
_MONITOR = re.compile(r"(\d+)/\d+x(\d+)/\d+([+-]\d+)([+-]\d+)")

Event = Mapping[str, Any]


class View:
    """What the events amount to. Pure: the caller brings the time (seconds)."""

    def __init__(self) -> None:
        self.mode = "idle"
        self.dictating = False
        self.muted = False
        self.sure = ""
        self.open = ""  # may still change
        self.notice = ""
        self._turn = 0
        self._speech = False  # somebody speaks, or their text is on its way
        self._shown_until = 0.0
        self._notice_until = 0.0
        self._lost = ""  # what is told of a device for as long as it is lost
        self._lost_until = 0.0

    def hear(self, event: Event, now: float) -> None:
        show = getattr(self, f"_on_{event.get('type', '')}", None)
        if show is not None:
            show(event, now)

    @property
    def status(self) -> str:
        """One word, or two."""
        if self.muted:
            return "muted"
        if self.dictating and self.mode in ("idle", "listening"):
            return "dictating"
        return {"idle": "ready"}.get(self.mode, self.mode)

    @property
    def dot(self) -> str:
        """The colour that goes with it."""
        return DOTS["muted" if self.muted else self.mode]

    def visible(self, now: float) -> bool:
        busy = self.mode != "idle" or self.dictating
        return (busy and not self.muted) or now < max(self._ends())

    def next_change(self, now: float) -> float | None:
        """Seconds until something here changes by itself."""
        later = [moment - now for moment in self._ends() if moment > now]
        return min(later, default=None)

    def _ends(self) -> tuple[float, ...]:
        return self._shown_until, self._notice_until, self._lost_until

    def pass_time(self, now: float) -> None:
        if now >= self._notice_until:
            self.notice = self._lost if now < self._lost_until else ""
        if now >= self._shown_until and not self._speech:
            self.sure = self.open = ""

    def _write(self, turn: int, sure: str, open_: str, now: float) -> None:
        self._turn, self.sure, self.open = turn, sure, open_
        self._shown_until = now + LINGER_S

    def _tell(self, text: str, now: float, seconds: float = NOTICE_S) -> None:
        self.notice = text
        self._notice_until = now + seconds

    def _on_ModeChanged(self, event: Event, now: float) -> None:
        unmuted = self.muted and not event["muted"]
        if unmuted or (event["muted"] and not self.muted):
            self._shown_until = now + LINGER_S
        if event["mode"] == "listening" and self.mode != "listening" and not event["dictating"]:
            self.sure = self.open = ""
        self.mode, self.dictating, self.muted = event["mode"], event["dictating"], event["muted"]

    def _on_SpeechStarted(self, event: Event, now: float) -> None:
        self._write(event["turn"], "", "", now)
        self._speech = True

    def _on_PartialText(self, event: Event, now: float) -> None:
        if event["turn"] >= self._turn:
            self._write(event["turn"], event["committed"], event["tentative"], now)

    def _on_FinalText(self, event: Event, now: float) -> None:
        if event["turn"] < self._turn and self.open:
            return  # somebody speaks on, and is shown
        self._speech = False
        sure = event["reliable"]
        self._write(event["turn"], event["text"] if sure else "", "" if sure else event["text"], now)

    def _on_Replied(self, event: Event, now: float) -> None:
        if event["text"]:
            self._write(event["turn"], event["text"], "", now)

    def _on_ConfirmationAsked(self, event: Event, now: float) -> None:
        self._write(event["turn"], event["question"], "", now)

    def _on_Discarded(self, event: Event, now: float) -> None:
        if event["turn"] == self._turn:
            self.sure = self.open = ""
            self._speech = False

    def _on_TurnEnded(self, event: Event, now: float) -> None:
        told = {
            "kept": "not typed: it is on the clipboard, and in the history",
            "unreliable": "not sure what that was; its sound is kept: aihear history",
            "busy": "two requests are waiting already",
        }.get(event["outcome"])
        if told:
            self._tell(told, now)

    def _on_Failed(self, event: Event, now: float) -> None:
        hint = event.get("hint", "")
        self._tell(f"{event['message']} ({hint})" if hint else event["message"], now)

    def _on_DeviceLost(self, event: Event, now: float) -> None:
        self._lost, self._lost_until = f"no sound from {event['device']}", now + LOST_S
        self._tell(self._lost, now)

    def _on_DeviceBack(self, event: Event, now: float) -> None:
        self._lost, self._lost_until = "", now
        self._tell(f"{event['device']} is back", now, seconds=LINGER_S)

    def _on_AudioDropped(self, event: Event, now: float) -> None:
        self._tell(f"{event['seconds']:.1f} s of sound were lost: this computer is too busy", now)


class Window:
    """The view on the screen."""

    def __init__(self, position: str, scale: float) -> None:
        import tkinter

        self._view = View()
        self._position = position
        dots = _dots_an_inch()
        self._scale = scale or dots / 96
        self._timer = ""
        self._rest = b""
        self._root = root = tkinter.Tk(className="Aihear-overlay")
        root.withdraw()
        root.tk.call("tk", "scaling", dots / 72)  # Tk's Xft takes a font's pixels for those of a screen without Xft.dpi
        root.title("aihear overlay")
        root.overrideredirect(True)
        root.configure(background=BACKGROUND, padx=self._px(14), pady=self._px(9), takefocus=False)
        font = ("sans-serif", -self._px(FONT_PX))
        small = ("sans-serif", -self._px(FONT_PX * 0.72))
        self._dot = tkinter.Canvas(
            root, width=self._px(12), height=self._px(12), background=BACKGROUND, highlightthickness=0
        )
        self._light = self._dot.create_oval(1, 1, self._px(12) - 1, self._px(12) - 1, width=0)
        self._status = tkinter.Label(root, background=BACKGROUND, foreground=DIM, font=small, anchor="w")
        self._notice = tkinter.Label(
            root, background=BACKGROUND, foreground=ALARM, font=small, justify="left", anchor="w"
        )
        self._text = tkinter.Text(
            root, background=BACKGROUND, foreground=BRIGHT, font=font, wrap="word", height=1, width=1,
            borderwidth=0, highlightthickness=0, takefocus=False, cursor="arrow", insertwidth=0,
        )  # fmt: skip
        self._text.tag_configure("open", foreground=DIM, font=(*font, "italic"))
        # Without bindings a click is nothing: it neither selects nor asks for the focus.
        for widget in (root, self._dot, self._status, self._notice, self._text):
            widget.bindtags((str(widget),))
        self._dot.grid(row=0, column=0, sticky="w")
        self._status.grid(row=0, column=1, sticky="w", padx=(self._px(7), 0))
        root.columnconfigure(1, weight=1)
        os.set_blocking(sys.stdin.fileno(), False)
        root.createfilehandler(sys.stdin, tkinter.READABLE, self._read)

    def run(self) -> None:
        self._root.mainloop()

    def _px(self, pixels: float) -> int:
        return max(1, round(pixels * self._scale))

    def _read(self, *_: object) -> None:
        try:
            data = os.read(sys.stdin.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._root.destroy()  # the program has ended
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._view.hear(json.loads(line), time.monotonic())
        self._show()

    def _show(self) -> None:
        now = time.monotonic()
        self._view.pass_time(now)
        if self._timer:
            self._root.after_cancel(self._timer)
            self._timer = ""
        change = self._view.next_change(now)
        if change is not None:
            self._timer = self._root.after(round(change * 1000) + 20, self._show)
        if self._view.visible(now):
            self._draw()
        else:
            self._root.withdraw()

    def _draw(self) -> None:
        view, (left, top, width, height) = self._view, self._screen()
        room = min(round(width * WIDTH), self._px(WIDEST))
        self._dot.itemconfigure(self._light, fill=view.dot)
        self._status.configure(text=view.status)
        self._notice.configure(text=view.notice, wraplength=room)
        self._place(self._notice, bool(view.notice), row=2)
        self._fill(view.sure, view.open)
        self._place(self._text, bool(view.sure or view.open), row=1)
        self._root.columnconfigure(1, minsize=room if view.sure or view.open else 0)
        if self._root.state() == "withdrawn":  # only what is on the screen knows how its text is wrapped
            self._root.deiconify()
        self._root.geometry("")
        self._root.update_idletasks()
        if view.sure or view.open:
            self._fit()
        wide, high = self._root.winfo_reqwidth(), self._root.winfo_reqheight()
        edge = round(height * MARGIN)
        y = top + edge if self._position == "top" else top + height - high - edge
        self._root.geometry(f"{wide}x{high}+{left + (width - wide) // 2}+{y}")
        self._root.lift()

    def _place(self, widget: Any, shown: bool, row: int) -> None:
        if shown:
            widget.grid(row=row, column=0, columnspan=2, sticky="ew", pady=(self._px(5), 0))
        else:
            widget.grid_remove()

    def _fill(self, sure: str, open_: str) -> None:
        self._text.configure(state="normal")
        self._text.delete("1.0", "end")
        self._text.insert("end", sure)
        self._text.insert("end", open_, ("open",))
        self._text.configure(state="disabled")

    def _fit(self) -> None:
        """As high as its text, up to LINES; then the end of it is what is seen."""
        counted = self._text.count("1.0", "end", "displaylines")
        lines = counted[0] if isinstance(counted, tuple) else int(counted or 1)
        self._text.configure(height=max(1, min(LINES, lines)))
        self._root.update_idletasks()
        self._text.see("end")

    def _screen(self) -> tuple[int, int, int, int]:
        """Left, top, width, height of the monitor that the pointer is on."""
        x, y = self._root.winfo_pointerxy()
        for left, top, width, height in _monitors():
            if left <= x < left + width and top <= y < top + height:
                return left, top, width, height
        return 0, 0, self._root.winfo_screenwidth(), self._root.winfo_screenheight()


def _monitors() -> list[tuple[int, int, int, int]]:
    """Empty where nobody tells: then the whole screen is one."""
    try:
        told = subprocess.run(["xrandr", "--listmonitors"], capture_output=True, text=True, timeout=2).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [(int(m[3]), int(m[4]), int(m[1]), int(m[2])) for m in _MONITOR.finditer(told)]


def _dots_an_inch() -> float:
    """What desktops set for all programs (Xft.dpi), else what the screen says."""
    import tkinter

    reader = tkinter.Tk(className="Xft")  # an option is looked up under the program's own name
    try:
        reader.withdraw()
        told: str = reader.option_get("dpi", "Dpi")  # type: ignore[no-untyped-call]
        return float(told) if told else float(reader.winfo_fpixels("1i"))
    except ValueError:
        return 96.0
    finally:
        reader.destroy()


def main(arguments: list[str]) -> None:
    Window(arguments[0], float(arguments[1])).run()


if __name__ == "__main__":
    main(sys.argv[1:])
