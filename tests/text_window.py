"""A window with a text field whose content is written to a file after each change: python text_window.py FILE TITLE

It is emptied when FILE.clear appears.
"""

import os
import sys
import tkinter

LOOK_MS = 30


def main(path, title):
    window = tkinter.Tk()
    window.title(title)
    window.geometry("700x400")
    field = tkinter.Text(window, undo=True)
    field.pack(fill="both", expand=True)
    field.focus_set()
    shown = None

    def dump():
        nonlocal shown
        if os.path.exists(f"{path}.clear"):
            os.unlink(f"{path}.clear")
            field.delete("1.0", "end")
        content = field.get("1.0", "end-1c")
        if content != shown:
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                file.write(content)
            os.replace(f"{path}.new", path)  # a reader never sees half of it
            shown = content
        window.after(LOOK_MS, dump)

    dump()
    window.mainloop()


main(*sys.argv[1:])
