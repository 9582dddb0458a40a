#!/usr/bin/env python3
# Fetches data sets from a server on this machine that behaves as badly as servers do: ranges, changed files, truncation, wrong
# contents, redirects that never end, stalls, missing files, hostile archives, and a client that is killed half way.
#
#   fetch_test.py FETCH_DOOR
import hashlib
import http.server
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile
from pathlib import Path

DOOR = sys.argv.pop(1)
ROWS = b"".join(b'{"a": "row %06d", "l": "1"}\n' % i for i in range(20000))
OTHER = ROWS.replace(b"row", b"ROW")


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """What a path does is said by its first part."""

    log = []
    etag = '"one"'
    ranges = True

    def log_message(self, *arguments):
        pass

    def send(self, body, declared=None, pace=None):
        begin = 0
        asked = self.headers.get("Range")
        if asked and self.ranges and self.headers.get("If-Range") == Handler.etag:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(body):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", Handler.etag)
        self.send_header("Content-Length", str((declared or len(body)) - begin))
        self.end_headers()
        step = len(body) if pace is None else 20000
        for at in range(begin, len(body), step):
            self.wfile.write(body[at : at + step])
            self.wfile.flush()
            if pace:
                time.sleep(pace)

    def do_GET(self):
        Handler.log.append((self.path, self.headers.get("Range")))
        what = self.path.split("/")[1]
        try:
            getattr(self, "give_" + what, self.give_missing)()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def give_good(self):
        self.send(ROWS)

    def give_other(self):
        self.send(OTHER)

    def give_slow(self):
        self.send(ROWS, pace=0.05)

    def give_cut(self):
        if self.headers.get("Range"):
            self.send(ROWS)
        else:
            self.send(ROWS[:300000], declared=len(ROWS))
            self.close_connection = True

    def give_stall(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(ROWS)))
        self.end_headers()
        self.wfile.write(ROWS[:1000])
        self.wfile.flush()
        time.sleep(20)

    def redirect(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def give_loop(self):
        self.redirect("/loop")

    def give_moved(self):
        self.redirect("/good")

    def give_file(self):
        self.redirect("file:///etc/passwd")

    def give_big(self):
        self.send(b"x" * (5 << 20))

    def give_archive(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../escaped", "no")
            archive.writestr("/absolute", "no")
            archive.writestr("__MACOSX/public/dev", "no")
            archive.writestr("public/dev", ROWS)
            archive.writestr("public/test", OTHER)
            archive.writestr("public/bomb", b"\0" * (8 << 20))
        self.send(out.getvalue())

    def archive_of_zeros(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("liar", b"\0" * (8 << 20))
        return bytearray(out.getvalue())

    def give_liar(self):
        """Says in both of its headers that it has 10 bytes."""
        data = self.archive_of_zeros()
        for at in (22, data.index(b"PK\1\2") + 24):
            data[at : at + 4] = (10).to_bytes(4, "little")
        self.send(data)

    def give_long(self):
        """A list of members of 1 GiB."""
        data = self.archive_of_zeros()
        at = data.index(b"PK\5\6") + 12
        data[at : at + 4] = (1 << 30).to_bytes(4, "little")
        self.send(data)

    def give_missing(self):
        body = b"<html>no such thing</html>"
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class FetchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.home = f"http://127.0.0.1:{cls.server.server_port}/"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.data = self.root / "data" / "small"
        Handler.log = []
        Handler.etag = '"one"'
        Handler.ranges = True

    def tearDown(self):
        self.folder.cleanup()

    def task(self, urls, digest=sha(ROWS), extra=""):
        pinned = f", sha256: {digest}" if digest else ""
        listed = ", ".join(url if url == "archive" else self.home + url for url in urls)
        path = self.root / "task.yaml"
        path.write_text(
            "task: small\nkind: classify\nversion: '1'\nsource: here\nlicence: none\nlongest: 64\nheadline: accuracy\n"
            "labels: ['0', '1']\nlayouts: {main: {reader: json, first: a, label: l}}\n"
            f"archive: {self.home}archive\nsplits:\n  dev: [{{name: dev{pinned}, url: [{listed}]}}]\n{extra}"
        )
        return str(path)

    def start(self, task):
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return subprocess.Popen([DOOR, task, str(self.root / "data")], stdout=subprocess.PIPE, text=True, env=environment)

    def fetch(self, task):
        process = self.start(task)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out

    def names(self):
        return sorted(path.name for path in self.data.iterdir()) if self.data.exists() else []

    def assert_whole(self):
        self.assertEqual((self.data / "dev").read_bytes(), ROWS)
        self.assertEqual(self.names(), ["dev"])

    def test_whole_and_again(self):
        code, out = self.fetch(self.task(["good"]))
        self.assertEqual((code, out), (0, f"dev official {self.home}good\n"))
        self.assert_whole()
        code, out = self.fetch(self.task(["good"]))
        self.assertEqual((code, out), (0, "dev official \n"))
        self.assertEqual(len(Handler.log), 1)

    def test_without_a_digest(self):
        code, out = self.fetch(self.task(["good"], digest=""))
        self.assertEqual((code, out), (0, f"dev unpinned {self.home}good\n"))

    def test_mirrors_are_tried_in_order(self):
        code, out = self.fetch(self.task(["nothing", "other", "moved"]))
        self.assertEqual((code, out), (0, f"dev official {self.home}moved\n"))
        self.assert_whole()

    def test_what_is_there_stays(self):
        self.data.mkdir(parents=True)
        (self.data / "dev").write_bytes(OTHER)
        code, out = self.fetch(self.task(["good"]))
        self.assertEqual((code, out), (0, "dev other \n"))
        self.assertEqual((self.data / "dev").read_bytes(), OTHER)

    def test_wrong_contents_leave_nothing(self):
        code, out = self.fetch(self.task(["other"]))
        self.assertEqual(code, 1)
        self.assertIn(f"expected sha256 {sha(ROWS)}, found {sha(OTHER)}", out)
        self.assertEqual(self.names(), [])

    def test_errors_say_what_and_where(self):
        for path, words in [("nothing", "status 404"), ("loop", "redirects"), ("stall", "too slow"), ("big", "larger than"), ("file", "file")]:
            with self.subTest(path):
                code, out = self.fetch(self.task([path]))
                self.assertEqual(code, 1)
                self.assertIn(words, out)
                self.assertIn(self.home + path, out)
                self.assertFalse((self.data / "dev").exists())

    def test_nobody_there(self):
        task = self.task(["good"])
        text = Path(task).read_text().replace(self.home, "http://127.0.0.1:9/")
        Path(task).write_text(text)
        code, out = self.fetch(task)
        self.assertEqual(code, 1)
        self.assertIn("onnect", out)

    def test_cut_short_then_resumed(self):
        code, out = self.fetch(self.task(["cut"]))
        self.assertEqual(code, 1)
        self.assertEqual((self.data / "dev.part").stat().st_size, 300000)
        code, out = self.fetch(self.task(["cut"]))
        self.assertEqual(code, 0, out)
        self.assertEqual(Handler.log[-1], ("/cut", "bytes=300000-"))
        self.assert_whole()

    def test_changed_in_between(self):
        self.fetch(self.task(["cut"]))
        Handler.etag = '"two"'
        code, out = self.fetch(self.task(["cut"]))
        self.assertEqual(code, 0, out)
        self.assert_whole()

    def test_no_ranges(self):
        self.fetch(self.task(["cut"]))
        Handler.ranges = False
        code, out = self.fetch(self.task(["cut"]))
        self.assertEqual(code, 0, out)
        self.assert_whole()

    def test_a_part_of_something_else(self):
        self.fetch(self.task(["cut"]))
        with open(self.data / "dev.part", "r+b") as part:
            part.write(b"spoiled")
        code, out = self.fetch(self.task(["cut"]))
        # The halves do not fit; it begins again, and this server cuts a whole answer short.
        self.assertEqual(code, 1)
        code, out = self.fetch(self.task(["cut"]))
        self.assertEqual(code, 0, out)
        self.assert_whole()

    def test_a_part_that_is_whole(self):
        self.fetch(self.task(["cut"]))
        (self.data / "dev.part").write_bytes(ROWS)
        code, out = self.fetch(self.task(["good", "cut"]))
        self.assertEqual(code, 0, out)
        self.assert_whole()

    def test_killed_and_resumed(self):
        process = self.start(self.task(["slow"]))
        part = self.data / "dev.part"
        deadline = time.time() + 20
        while time.time() < deadline and not (part.exists() and part.stat().st_size > 100000):
            time.sleep(0.02)
        process.kill()
        process.communicate()
        had = part.stat().st_size
        self.assertLess(had, len(ROWS))
        self.assertFalse((self.data / "dev").exists())
        code, out = self.fetch(self.task(["slow"]))
        self.assertEqual(code, 0, out)
        self.assertEqual(Handler.log[-1], ("/slow", f"bytes={had}-"))
        self.assert_whole()

    def test_two_at_once(self):
        first = self.start(self.task(["slow"]))
        part = self.data / "dev.part"
        deadline = time.time() + 20
        while time.time() < deadline and not (part.exists() and part.stat().st_size > 0):
            time.sleep(0.02)
        code, out = self.fetch(self.task(["slow"]))
        self.assertEqual(code, 1)
        self.assertIn("another download", out)
        self.assertIn("official", first.communicate(timeout=60)[0])
        self.assert_whole()

    def test_members_of_an_archive(self):
        extra = f"  test: {{labelled: false, files: [{{name: test, sha256: {sha(OTHER)}, url: archive}}]}}\n"
        code, out = self.fetch(self.task(["archive"], extra=extra))
        self.assertEqual(code, 0, out)
        self.assertEqual(out, f"dev official {self.home}archive!dev\ntest official {self.home}archive!test\n")
        self.assertEqual(self.names(), ["dev", "test"])
        self.assertEqual(len(Handler.log), 1)
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), ["data", "task.yaml"])

    def test_archives_that_are_wrong(self):
        for url, words in [("archive!none", "holds no file 'none'"), ("archive!bomb", "says that it has 8388608 bytes"),
                           ("liar!liar", "liar"), ("long!liar", "at most 16 MiB"), ("good!dev", "expected a zip archive")]:
            with self.subTest(url):
                code, out = self.fetch(self.task([url]))
                self.assertEqual(code, 1)
                self.assertIn(words, out)
                self.assertEqual(self.names(), [])


if __name__ == "__main__":
    unittest.main()
