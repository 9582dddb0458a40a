#!/usr/bin/env python3
# `clew serve` from outside: what it answers is what `clew predict` says, many at once; what it refuses is told, as JSON; slow clients hold up
# nobody; a stop loses nothing that was accepted. And `clew drive`, which times such a server.
import concurrent.futures
import http.client
import json
import re
import signal
import socket
import subprocess
import time
import unittest

from door import BIN, SOURCE, Door

MODEL = "bert/sample"
TASK = "sample-classify"
ROWS = [{"text": text} for text in ("明天有雨", "石桥修好了", "平澜大学在河边。", "好", "球队赢了比赛" * 5, "a b c", "")]


class Served(Door):
    """A test with servers, which end with it."""

    def setUp(self):
        super().setUp()
        self.environment.pop("CLEW_DATA", None)

    def serve(self, *arguments, task=TASK, model=MODEL):
        """The process and its port, once it listens."""
        command = [BIN / "clew", "serve", model, "--random-weights", "--deterministic", "--task", task, "--port", 0, *arguments]
        process = subprocess.Popen(
            list(map(str, command)), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(self.end, process)
        line = process.stdout.readline()
        self.assertRegex(line, r"^http://127\.0\.0\.1:\d+\n$", line or process.stderr.read())
        return process, int(line.rpartition(":")[2])

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        code = process.wait(timeout=60)
        return code, process.stderr.read()

    def ask(self, port, body, method="POST", path="/predict", headers=()):
        """(status, the JSON, headers) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            text = body if isinstance(body, (bytes, type(None))) else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, path, text, dict(headers))
            response = connection.getresponse()
            data = response.read()
            return response.status, json.loads(data) if data else None, dict(response.getheaders())
        finally:
            connection.close()

    def predicted(self, rows, task=TASK, model=MODEL):
        """What `clew predict` says about them."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (self.folder / "rows.jsonl").write_text(text, encoding="utf-8")
        out = self.good("clew", "predict", model, "--random-weights", "--deterministic", "--task", task, "rows.jsonl")
        return [json.loads(line) for line in out.splitlines()]

    def refused(self, port, status, message, body, **options):
        found, said, headers = self.ask(port, body, **options)
        self.assertEqual(found, status, said)
        self.assertEqual(set(said), {"error"})
        self.assertEqual(said["error"]["status"], status)
        self.assertRegex(said["error"]["message"], message)
        return headers

    def metrics(self, port):
        """Values by name and labels."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        self.assertEqual(response.getheader("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        values = {}
        for line in response.read().decode().splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP|TYPE) [a-z_]+ .+$")
                continue
            self.assertRegex(line, r'^[a-z_]+(\{([a-z]+="[^"]*",?)*\})? [-+.e0-9]+$')
            name, _, value = line.rpartition(" ")
            self.assertNotIn(name, values)
            values[name] = float(value)
        connection.close()
        return values


KINDS = {
    "classify": ROWS,
    "pair": [{"sentence1": "明天有雨", "sentence2": "石桥修好了"}, {"sentence1": "a", "sentence2": "b", "id": "own"}],
    "tag": ROWS[:4],
    "span": [{"context": "桥修好了🙂，平澜大学在河边。", "question": "大学在哪里？"}],
    "choice": [{"context": "明天有雨", "question": "天气？", "choices": ["雨", "晴", "雪"]}],
    "cloze": [{"content": ["石桥#idiom000001#，人们#idiom000002#。"], "candidates": ["一心一意", "二话不说", "三三两两"]}],
    "keywords": [{"keywords": ["石桥", "河"], "abstract": "平澜大学在河边。"}],
    "regression": [{"sentence1": "明天有雨", "sentence2": "石桥修好了"}],
    "multi-label": ROWS[:3],
    "document": [{"text": "石桥修好了。" * 400}],
}


class Answers(Served):
    def test_every_kind_answers_as_predict_does(self):
        tried = 0
        for kind, rows in KINDS.items():
            task = f"sample-{kind}"
            if not (SOURCE / "suites" / "tasks" / f"{task}.yaml").exists():
                continue
            tried += 1
            with self.subTest(kind):
                wanted = self.predicted(rows, task)
                process, port = self.serve(task=task)
                status, said, _ = self.ask(port, {"rows": rows})
                self.assertEqual((status, said), (200, {"predictions": wanted}))
                for row, one in zip(rows, wanted):
                    status, said, headers = self.ask(port, row)
                    self.assertEqual((status, said), (200, one if "id" in row else {**one, "id": 0}))
                    self.assertRegex(headers["Server-Timing"], r"^queue;dur=[0-9.]+, answer;dur=[0-9.]+$")
                self.assertEqual(self.stop(process)[0], 0)
        self.assertGreater(tried, 3)

    def test_many_at_once_get_their_own_answers(self):
        process, port = self.serve("--queue", 4096)
        wanted = self.predicted(ROWS)

        def client(number):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            found = []
            for i in range(40):
                which = (number * 7 + i) % len(ROWS)
                connection.request("POST", "/predict", json.dumps({**ROWS[which], "id": number * 1000 + i}))
                response = connection.getresponse()
                found.append((which, number * 1000 + i, response.status, json.loads(response.read())))
            connection.close()
            return found

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            all_found = [one for found in pool.map(client, range(16)) for one in found]
        self.assertEqual(len(all_found), 640)
        for which, number, status, said in all_found:
            self.assertEqual((status, said), (200, {**wanted[which], "id": number}))
        values = self.metrics(port)
        self.assertEqual(values["clew_rows_answered_total"], 640)
        self.assertEqual(values['clew_http_requests_total{path="/predict",code="200"}'], 640)
        self.assertEqual(values['clew_batch_rows_bucket{le="+Inf"}'], 640)
        self.assertLess(values['clew_batch_rows_bucket{le="1"}'], 640, "nothing was answered together")
        self.assertGreater(values["process_resident_memory_bytes"], 1e6)
        self.assertEqual(self.stop(process)[0], 0)

    def test_a_full_queue_tells_so(self):
        _, port = self.serve("--queue", 2, "--batch", 1)
        body = {"rows": [{"text": "石桥修好了" * 60}] * 2}
        wanted = self.predicted(body["rows"])

        def client(_):
            return [self.ask(port, body) for _ in range(6)]

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            found = [one for some in pool.map(client, range(12)) for one in some]
        counts = {status: sum(1 for one in found if one[0] == status) for status in (200, 429)}
        self.assertEqual(sum(counts.values()), 72)
        self.assertGreater(counts[200], 0)
        self.assertGreater(counts[429], 0)
        for status, said, headers in found:
            if status == 200:
                self.assertEqual(said, {"predictions": wanted})
            else:
                self.assertEqual(headers["Retry-After"], "1")
                self.assertRegex(said["error"]["message"], r"\d rows wait already; 2 may")
        values = self.metrics(port)
        self.assertEqual(values["clew_rows_refused_total"], 2 * counts[429])
        self.assertEqual(values["clew_rows_answered_total"], 2 * counts[200])
        self.refused(port, 413, "expected 2 rows at most in a request, found 3", {"rows": ROWS[:3]})


class Refusals(Served):
    def test_what_is_wrong_is_told_as_json(self):
        process, port = self.serve("--max-body", 20000, "--max-text", 1000)
        self.refused(port, 400, "^body:1: ", b"{")
        self.refused(port, 400, "^body:2: .*stands twice", b'{"text": "a",\n"text": "b"}')
        self.refused(port, 400, "UTF-8", '{"text": "桥"}'.encode("gbk"))
        self.refused(port, 400, 'expected a JSON object with "text"', [1])
        self.refused(port, 400, 'expected a JSON object with "text"', {"texts": "a"})
        self.refused(port, 400, '"text": expected a text', {"text": 7})
        self.refused(port, 400, '"rows": expected a list', {"rows": []})
        self.refused(port, 400, r"rows\[1\]: \"text\": expected a text", {"rows": [{"text": "a"}, {"text": None}]})
        self.refused(port, 400, "1000 characters at most, found 1001", {"text": "好" * 1001})
        self.refused(port, 413, "longer than 20000 bytes", {"text": "a" * 30000})
        self.refused(port, 431, "header is longer", {"text": "a"}, headers=[("X-Long", "x" * 40000)])
        self.refused(port, 404, "no '/nothing' here", None, method="GET", path="/nothing")
        self.assertEqual(self.refused(port, 405, "expected POST", None, method="GET")["Allow"], "POST")
        self.assertEqual(self.refused(port, 405, "expected GET", {}, path="/health")["Allow"], "GET, HEAD")
        status, said, _ = self.ask(port, None, "GET", "/health?full=1")
        self.assertEqual((status, said), (200, {"status": "ok", "queue_rows": 0}))
        status, said, headers = self.ask(port, None, "HEAD", "/health")
        self.assertEqual((status, said), (200, None))
        self.assertGreater(int(headers["Content-Length"]), 10)
        status, said, _ = self.ask(port, None, "GET", "/")
        self.assertEqual((said["model"], said["task"], said["fields"]), (MODEL, TASK, ["text"]))
        for raw in (b"no HTTP at all\r\n\r\n", b"POST /predict HTTP/1.1\r\nContent-Length: many\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as raw_client:
                raw_client.sendall(raw)
                said = raw_client.makefile("rb").read()
                self.assertRegex(said, rb"^HTTP/1.1 400 Bad Request\r\n")
                self.assertRegex(said, rb'\{"error":')
        self.assertEqual(self.ask(port, ROWS[0])[0], 200)
        self.assertEqual(self.stop(process)[0], 0)

    def test_one_wrong_row_is_nobody_elses_error(self):
        _, port = self.serve("--batch", 64, task="sample-span")
        good = KINDS["span"][0]
        wanted = self.predicted([good], "sample-span")[0]
        bad = {"context": "", "question": ""}
        wrong = self.ask(port, bad)[0]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda i: self.ask(port, bad if i % 3 == 0 else good), range(60)))
        for i, (status, said, _) in enumerate(found):
            if i % 3 == 0:
                self.assertEqual(status, wrong)
            else:
                self.assertEqual((status, said), (200, wanted))

    def test_slow_clients_hold_up_nobody(self):
        _, port = self.serve("--request-seconds", 1, "--idle-seconds", 2, "--connections", 8)
        begin = time.monotonic()
        slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(7)]
        for number, client in enumerate(slow[1:]):
            client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"[: 20 + 10 * number])
        self.assertEqual(self.ask(port, ROWS[0])[0], 200)
        self.assertLess(time.monotonic() - begin, 1)
        for client in slow[1:]:  # the drip goes on, and does not help
            try:
                client.sendall(b"x")
            except OSError:
                pass
            while True:
                try:
                    if not client.recv(4096):
                        break
                except ConnectionResetError:
                    break
        self.assertLess(time.monotonic() - begin, 6)
        self.assertEqual(slow[0].recv(1), b"")  # asked for nothing, and was idle for too long
        for client in slow:
            client.close()

    def test_too_many_connections_are_told_so(self):
        _, port = self.serve("--connections", 3)
        held = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(3)]
        for client in held:  # accepted, all of them, once they are answered
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"200 OK", client.recv(4096))
        self.refused(port, 503, "too many connections", None, method="GET", path="/health")
        held.pop().close()
        deadline = time.monotonic() + 20
        while self.ask(port, None, "GET", "/health")[0] != 200:
            self.assertLess(time.monotonic(), deadline)
        for client in held:
            client.close()

    def test_what_cannot_be_served_is_said_before_the_model_is_loaded(self):
        _, port = self.serve()
        serve = ["serve", MODEL, "--random-weights", "--task", TASK]
        self.bad(1, rf"127.0.0.1:{port}: error: cannot listen: ", "clew", *serve, "--port", port)
        self.bad(1, "^localhost: error: expected a numeric address", "clew", *serve, "--host", "localhost")
        self.bad(2, "nope", "clew", "serve", "nope", "--random-weights", "--task", TASK)
        self.bad(2, "nope", "clew", "serve", MODEL, "--random-weights", "--task", "nope")


class Stops(Served):
    def test_what_is_under_way_is_answered(self):
        process, port = self.serve("--batch", 1)
        body = json.dumps({"rows": [{"text": "石桥修好了" * 60}] * 4}, ensure_ascii=False).encode()
        head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        whole = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(20)]
        half, idle = (socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(2))
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"200 OK", idle.recv(4096))
        half.sendall(head + body[:50])
        for client in whole:
            client.sendall(head + body)
        while self.metrics(port)["clew_queue_rows"] < 8:
            pass
        process.send_signal(signal.SIGTERM)
        self.assertEqual(idle.recv(4096), b"")
        with self.assertRaises(OSError):  # nobody listens any more
            while True:
                socket.create_connection(("127.0.0.1", port), timeout=60).close()
        half.sendall(body[50:])
        for client in [*whole, half]:
            said = client.makefile("rb").read()
            self.assertRegex(said, rb"^HTTP/1.1 200 OK\r\n")
            self.assertIn(b"Connection: close", said) if client is half else None
            self.assertEqual(len(json.loads(said.partition(b"\r\n\r\n")[2])["predictions"]), 4)
            client.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertTrue(process.stderr.read().endswith("stopped\n"))
        idle.close()

    def test_ctrl_c_ends_with_130_and_a_second_signal_at_once(self):
        process, _ = self.serve()
        self.assertEqual(self.stop(process, signal.SIGINT)[0], 130)
        process, port = self.serve("--stop-seconds", 600, "--request-seconds", 600)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"POST /predict HTTP/1.1\r\n")
            self.assertEqual(self.ask(port, None, "GET", "/health")[0], 200)
            process.send_signal(signal.SIGTERM)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            self.assertEqual(self.stop(process)[0], 0)

    def test_who_does_not_finish_is_not_waited_for(self):
        process, port = self.serve("--stop-seconds", 1, "--request-seconds", 600)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"POST /predict HTTP/1.1\r\n")
            self.assertEqual(self.ask(port, None, "GET", "/health")[0], 200)
            self.assertEqual(self.stop(process)[0], 0)


class Drives(Served):
    def test_the_network_is_a_column(self):
        _, port = self.serve()
        url = f"http://127.0.0.1:{port}"
        said = json.loads(self.good("clew", "drive", url, "--task", TASK, "--scenario", "single-stream", "--seconds", 1, "--json"))
        self.assertGreater(said["queries"], 20)
        self.assertEqual((said["model"], said["task"]), (MODEL, TASK))
        for name in ("p50", "p90"):
            self.assertGreater(said["outside_ms"][name], said["inside_ms"][name])
            self.assertGreater(said["network_ms"][name], 0)
        self.assertEqual(self.metrics(port)["clew_rows_failed_total"], 0)
        table = self.good("clew", "drive", url, "--task", TASK, "--seconds", 0.3, "--bound-ms", 1000)
        self.assertRegex(table, r"(?m)^network and HTTP, a request +\S+ ")
        self.assertRegex(table, r"(the highest rate whose p99|no rate had a p99)")

    def test_what_cannot_be_driven(self):
        process, port = self.serve()
        url = f"http://127.0.0.1:{port}"
        self.bad(1, "expected a server of the task 'sample-tag', found one of", "clew", "drive", url, "--task", "sample-tag")
        self.bad(1, "expected http://HOST", "clew", "drive", "ftp://x", "--task", TASK)
        self.bad(2, "nope", "clew", "drive", url, "--task", "nope")
        self.stop(process)
        self.bad(1, "error: cannot connect: ", "clew", "drive", url, "--task", TASK)


if __name__ == "__main__":
    unittest.main()
