"""Downloads, from a server on this machine."""

import dataclasses
import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sktimnet.datasets import CORPORA, fetch_emodb, fetch_ravdess

pytestmark = pytest.mark.filterwarnings("ignore:.* clips of (EMODB|RAVDESS):UserWarning")  # two clips are enough


def archive(*names):
    """Give the bytes of a zip archive, large enough to be interrupted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:
        for name in names:
            files.writestr(name, hashlib.sha256(name.encode()).digest() * 10_000)
    return buffer.getvalue()


EMODB = archive("wav/03a01Fa.wav", "wav/08a01Wa.wav", "erkennung.txt")
RAVDESS = archive("Actor_01/03-01-05-01-02-01-01.wav", "Actor_02/03-01-05-01-02-01-02.wav")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        start = 0
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if asked and server.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
        self.send_response(206 if start else server.status)
        self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        stop = server.breaks.pop(0) if server.breaks else len(server.content)
        self.wfile.write(server.content[start:stop])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    """Serve `content`; each entry of `breaks` ends one answer at that byte; `asked` lists the ranges asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.status, server.ranges, server.breaks, server.asked = EMODB, 200, True, [], []
        url = f"http://127.0.0.1:{server.server_port}/corpus.zip"
        md5 = f"md5:{hashlib.md5(RAVDESS).hexdigest()}"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setitem(CORPORA, "EMODB", dataclasses.replace(CORPORA["EMODB"], url=url))
        monkeypatch.setitem(CORPORA, "RAVDESS", dataclasses.replace(CORPORA["RAVDESS"], url=url, checksum=md5))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def left_in(home):
    return sorted(path.name for path in home.iterdir())


def test_a_corpus_is_downloaded_unpacked_and_loaded(server, tmp_path):
    corpus = fetch_emodb(tmp_path)
    assert corpus.target.tolist() == ["angry", "happy"]
    assert corpus.data.tolist() == [str(tmp_path / "emodb/wav" / name) for name in ("08a01Wa.wav", "03a01Fa.wav")]
    assert left_in(tmp_path) == ["emodb"]


def test_the_second_call_downloads_nothing(server, tmp_path):
    first = fetch_emodb(tmp_path)
    second = fetch_emodb(tmp_path)
    assert len(server.asked) == 1
    assert first.data.tolist() == second.data.tolist()


def test_downloads_are_kept_where_the_environment_says(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SKTIMNET_DATA", str(tmp_path / "new" / "home"))
    fetch_emodb()
    assert left_in(tmp_path / "new" / "home") == ["emodb"]


def test_downloads_are_kept_in_the_home_directory_by_default(server, tmp_path, monkeypatch):
    monkeypatch.delenv("SKTIMNET_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    fetch_emodb()
    assert left_in(tmp_path) == ["sktimnet_data"]


def test_an_interrupted_download_continues(server, tmp_path):
    server.breaks = [300_000]
    with pytest.raises(ConnectionError, match=f"of {len(EMODB)} bytes; the next call continues"):
        fetch_emodb(tmp_path)
    kept = (tmp_path / "emodb.zip.part").stat().st_size
    assert 200_000 < kept <= 300_000  # all but the last packet
    assert len(fetch_emodb(tmp_path).data) == 2
    assert server.asked == [None, f"bytes={kept}-"]
    assert left_in(tmp_path) == ["emodb"]


def test_a_download_interrupted_twice_continues(server, tmp_path):
    server.breaks = [300_000, 600_000]
    kept = []
    for _ in range(2):
        with pytest.raises(ConnectionError):
            fetch_emodb(tmp_path)
        kept.append((tmp_path / "emodb.zip.part").stat().st_size)
    assert len(fetch_emodb(tmp_path).data) == 2
    assert kept[0] < kept[1]
    assert server.asked == [None, *(f"bytes={size}-" for size in kept)]


def test_a_server_without_ranges_sends_all_again(server, tmp_path):
    server.breaks, server.ranges = [300_000], False
    with pytest.raises(ConnectionError):
        fetch_emodb(tmp_path)
    assert len(fetch_emodb(tmp_path).data) == 2


def test_a_part_longer_than_the_server_s_file_is_thrown_away(server, tmp_path):
    (tmp_path / "emodb.zip.part").write_bytes(EMODB + b"more")
    assert len(fetch_emodb(tmp_path).data) == 2
    assert server.asked == [f"bytes={len(EMODB) + 4}-", None]


def test_a_damaged_archive_is_fetched_again(server, tmp_path):
    (tmp_path / "emodb.zip").write_bytes(EMODB[:-1000])
    assert len(fetch_emodb(tmp_path).data) == 2
    assert len(server.asked) == 1


def test_a_part_of_another_file_is_fetched_again(server, tmp_path):
    (tmp_path / "emodb.zip.part").write_bytes(b"x" * 300_000)
    assert len(fetch_emodb(tmp_path).data) == 2
    assert server.asked == ["bytes=300000-", None]


def test_a_server_without_the_archive_is_an_error_that_leaves_nothing(server, tmp_path):
    server.content = b"<html>moved</html>"
    with pytest.raises(OSError, match="damaged archive twice.*by hand"):
        fetch_emodb(tmp_path)
    assert left_in(tmp_path) == []


def test_an_error_of_the_server_is_an_error(server, tmp_path):
    server.status, server.content = 404, b""
    with pytest.raises(OSError, match="404"):
        fetch_emodb(tmp_path)


def test_an_archive_with_the_published_checksum_is_taken(server, tmp_path):
    server.content = RAVDESS
    assert fetch_ravdess(tmp_path).speaker.tolist() == ["01", "02"]


def test_a_wrong_checksum_is_an_error_and_the_next_call_starts_afresh(server, tmp_path):
    server.content = EMODB
    with pytest.raises(ValueError, match="hash"):
        fetch_ravdess(tmp_path)
    assert left_in(tmp_path) == []
    server.content = RAVDESS
    assert len(fetch_ravdess(tmp_path).data) == 2
    assert server.asked == [None, None]


def test_an_interrupted_unpacking_is_done_again(server, tmp_path):
    (tmp_path / "emodb.partial").mkdir()
    (tmp_path / "emodb.partial" / "03a01Wa.wav").touch()
    assert len(fetch_emodb(tmp_path).data) == 2


def test_published_addresses_are_complete():
    assert CORPORA["EMODB"].url.endswith("/download/download.zip")
    assert CORPORA["EMODB"].checksum is None
    assert CORPORA["RAVDESS"].url.endswith("/1188976/files/Audio_Speech_Actors_01-24.zip")
    assert CORPORA["RAVDESS"].checksum == "md5:bc696df654c87fed845eb13823edef8a"
