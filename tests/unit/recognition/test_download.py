"""Against a real HTTP server on the loopback."""

import contextlib
import hashlib
import http.server
import re
import socket
import threading
import types

import pytest

from aihear_voice.errors import ModelError
from aihear_voice.recognition import download

CONTENT = bytes(range(256)) * 12_000  # 3 MB
SUM = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """cut_after: bytes of each answer after which the connection is cut; ranges: whether it can continue a file."""

    daemon_threads = True

    def __init__(self, content=CONTENT, cut_after=None, ranges=True, cuts=10**9):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.cut_after, self.ranges, self.cuts = content, cut_after, ranges, cuts
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/models/base.pt"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if not self.path.endswith("base.pt"):
            return self.send_error(404)
        start = int(re.search(r"\d+", asked)[0]) if asked and server.ranges else 0
        if start >= len(server.content):
            return self.send_error(416)
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.cut_after is not None and server.cuts > 0 and len(body) > server.cut_after:
            server.cuts -= 1
            self.wfile.write(body[: server.cut_after])
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = []

    def start(**options):
        server = Server(**options)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def fetch(server, folder, sha256=SUM, url=None):
    seen = []
    target = folder / "base.pt"
    download.fetch(url or server.url, target, sha256, lambda done, total: seen.append((done, total)), pause_s=0)
    return target, seen


def test_a_file_arrives_whole(serve, tmp_path):
    target, seen = fetch(serve(), tmp_path / "new" / "folder")
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [file.name for file in target.parent.iterdir()] == ["base.pt"]


def test_a_cut_connection_goes_on_where_it_stopped(serve, tmp_path):
    server = serve(cut_after=1_000_000)
    target, _ = fetch(server, tmp_path)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1000000-", "bytes=2000000-", "bytes=3000000-"]


def test_what_arrived_yesterday_is_not_fetched_again(serve, tmp_path):
    (tmp_path / "base.pt.part").write_bytes(CONTENT[:2_500_000])
    server = serve()
    target, seen = fetch(server, tmp_path)
    assert target.read_bytes() == CONTENT
    assert server.asked == ["bytes=2500000-"]
    assert seen[0][0] > 2_500_000


def test_a_server_that_cannot_continue_starts_anew(serve, tmp_path):
    (tmp_path / "base.pt.part").write_bytes(b"x" * 1000)
    target, _ = fetch(serve(ranges=False), tmp_path)
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_complete_is_only_checked(serve, tmp_path):
    (tmp_path / "base.pt.part").write_bytes(CONTENT)
    target, _ = fetch(serve(), tmp_path)
    assert target.read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind(serve, tmp_path):
    with pytest.raises(ModelError) as raised:
        fetch(serve(), tmp_path, sha256="0" * 64)
    assert raised.value.code == "checksum"
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_something_else_is_found_out(serve, tmp_path):
    (tmp_path / "base.pt.part").write_bytes(b"x" * 1000)
    with pytest.raises(ModelError) as raised:
        fetch(serve(), tmp_path)
    assert raised.value.code == "checksum"
    assert fetch(serve(), tmp_path)[0].read_bytes() == CONTENT


def test_a_file_that_is_not_there(serve, tmp_path):
    server = serve()
    with pytest.raises(ModelError) as raised:
        fetch(server, tmp_path, url=server.url.replace("base", "none"))
    assert "404" in raised.value.message
    assert not list(tmp_path.iterdir())


def test_without_a_network_what_arrived_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    (tmp_path / "base.pt.part").write_bytes(CONTENT[:1000])
    with pytest.raises(ModelError) as raised:
        fetch(None, tmp_path, url=f"http://127.0.0.1:{port}/base.pt")
    assert raised.value.code == "offline"
    assert "kept" in raised.value.hint
    assert (tmp_path / "base.pt.part").stat().st_size == 1000


def test_a_connection_that_gives_nothing_is_given_up(serve, tmp_path):
    with pytest.raises(ModelError) as raised:
        fetch(serve(cut_after=0), tmp_path)
    assert raised.value.code == "download_cut"


def test_a_full_disk_is_told_before_it_is_filled(serve, tmp_path, monkeypatch):
    # The one thing no test can have for real: a disk with hardly any room.
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=10**6))
    with pytest.raises(ModelError) as raised:
        fetch(serve(), tmp_path)
    assert raised.value.code == "no_space"
