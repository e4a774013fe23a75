"""A web page with a text field, served on this computer, which tells what is in the field."""

from __future__ import annotations

import http.server
import threading

_PAGE = """<!doctype html><meta charset=utf-8><title>%s</title>
<textarea id=t style="width:95%%;height:90%%" autofocus></textarea><script>
const field = document.getElementById("t");
let told = null, cleared = 0;
async function tell() {
  const ready = document.hasFocus() && document.activeElement === field;
  if (told !== field.value + ready) {
    told = field.value + ready;
    await fetch(ready ? "/focused" : "/", {method: "POST", body: field.value});
  }
  const wanted = parseInt(await (await fetch("/cleared")).text());
  if (wanted > cleared) { cleared = wanted; field.value = ""; }
  setTimeout(tell, 40);
}
field.focus(); tell();
</script>"""


class Page:
    """url: to open in a browser; text: what the page says that stands in its field; focused: whether keys go there."""

    def __init__(self, title: str) -> None:
        self.text, self.focused, self._cleared = "", False, 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(title))
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def clear(self) -> None:
        """The field is empty soon."""
        self._cleared += 1

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self, title: str) -> type[http.server.BaseHTTPRequestHandler]:
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/cleared":
                    self._answer(str(page._cleared))
                else:
                    self._answer(_PAGE % title)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                page.text, page.focused = body.decode(), self.path == "/focused"
                self._answer("")

            def _answer(self, text: str) -> None:
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
