"""Makes the pictures of the README: a report of `aihear practise`, as a page in a browser and as a PNG.

    python -m tests.make_report_pictures [RECORDING TEXT]

Without arguments: of a learner's recording from speechocean762 (Apache-2.0), which is not in the repository; it is
looked for in the project's shared recordings. No sound of it is in the pictures.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from . import rigs
from .browser import Browser

FOLDER = Path(__file__).with_name("data")
RECORDING = Path(__file__).resolve().parents[2] / "shared/speech/pron-dev/audio/096140002.flac"
TEXT = "I never thought you would be one for the suburbs."
LARGEST = 150_000  # bytes


def main(recording: Path, text: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("html", "png"):
            report = folder / f"report.{kind}"
            done = rigs.aihear_once("practise", text, "--audio", str(recording), "--report", str(report))
            print(done.stdout, done.stderr, sep="")
        browser = Browser()
        browser.open(folder / "report.html", width=1000)
        cut = browser.run("document.querySelector('.words tbody tr:nth-child(4)').getBoundingClientRect().top")
        shot = browser.screenshot(folder / "page.png")
        browser.close()
        save(shot.read_bytes(), FOLDER / "report-page.png", round(cut))
        save((folder / "report.png").read_bytes(), FOLDER / "report-picture.png")


def save(png: bytes, path: Path, height: int | None = None) -> None:
    """Cut off at `height` pixels, in 64 colours."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, height or picture.height))
    picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {picture.width} x {picture.height}, {size / 1000:.0f} kB{' (too much)' * (size > LARGEST)}")


if __name__ == "__main__":
    given = sys.argv[1:3]
    main(*((Path(given[0]), given[1]) if len(given) == 2 else (RECORDING, TEXT)))
