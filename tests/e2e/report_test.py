#!/usr/bin/env python3
# clew report from outside: tables, Markdown, the leaderboard, and the page in a real browser: offline, without complaints, sorted and
# filtered by pointer and keys, plots that are not blank. Skips the browser's part visibly where there is none. CLEW_PICTURES names a
# folder for pictures of the page, for people to look at.
import hashlib
import json
import os
import unittest
from pathlib import Path

import door
import record_seal
import report_browser
import report_records

ROWS = 35  # of report_records.board()
HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\u2028|`\x1b[31m"
# What people are shown: characters that control a terminal or break lines are made visible.
SHOWN = HOSTILE.replace("\u2028", "\\u{2028}").replace("\x1b", "\\u{001B}")


class Report(door.Door):
    def setUp(self):
        super().setUp()
        self.environment["CLEW_DATA"] = str(self.folder / "nothing")  # no scores are computed again
        report_records.write(self.folder / "records.jsonl", report_records.board())

    def test_table(self):
        table = self.good("clew", "report", "records.jsonl")
        self.assertEqual(len([line for line in table.splitlines() if line.startswith(("bert/", "bilstm/"))]), ROWS)
        for words in ("cluener dev", "random weights", "incomplete", "not enough samples", "entity_f1 % [95 %]", "load 1.22 at start"):
            self.assertIn(words, table)

    def test_json(self):
        report = json.loads(self.good("clew", "report", "records.jsonl", "--json"))
        self.assertEqual(len(report["rows"]), ROWS)
        self.assertTrue(any(row["latency_ms"]["text"]["p99"] is None for row in report["rows"]))

    def test_leaderboard_ranks_only_what_may_be_ranked(self):
        text = self.good("clew", "report", ".", "--format", "markdown", "--leaderboard")
        self.assertIn("| 1 | bert/large |", text)
        self.assertNotIn("rbt6", text)  # random weights
        self.assertNotIn("rbt4", text)  # no accuracy run
        self.assertIn("official", text)

    def test_random_weights_alone_make_no_leaderboard(self):
        records = [report_records.record(scenario="accuracy", weights_sha256="random:1", random_weights=True)]
        report_records.write(self.folder / "random.jsonl", records)
        self.bad(1, "nothing to rank", "clew", "report", "random.jsonl", "--leaderboard")

    def test_refusals(self):
        self.bad(2, "format", "clew", "report", "records.jsonl", "--format", "pdf")
        self.bad(1, "none.jsonl", "clew", "report", "none.jsonl")
        self.bad(2, "no record of the base 'gpt/x'", "clew", "report", "records.jsonl", "--compare", "gpt/x")
        (self.folder / "broken.jsonl").write_text('{"schema": 1}\n')
        self.bad(1, "broken.jsonl:1", "clew", "report", "broken.jsonl")

    def test_rows_without_predictions_say_so(self):
        table = self.good("clew", "report", "records.jsonl", "--compare", "bert/base@f32")
        self.assertIn("no prediction file", table)

    def judged(self, model, wrong_every):
        """A record of `model` on the shipped pairs, with a prediction file that is wrong on every n-th row."""
        data = door.SOURCE / "suites/samples/sample-pair/dev.json"
        rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
        lines = []
        for place, row in enumerate(rows):
            label = str(row["label"])
            label = {"0": "1", "1": "0"}[label] if place % wrong_every == 0 else label
            lines.append(json.dumps({"id": row.get("id", place), "label": label}) + "\n")
        text = "".join(lines)
        path = self.folder / record_seal.prediction_path(record_seal.sha256(text))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        score = 100 * (1 - len(range(0, len(rows), wrong_every)) / len(rows))
        return report_records.record(
            model=model, task="sample-pair", task_version="1", scenario="accuracy", data_sha256=hashlib.sha256(data.read_bytes()).hexdigest(), rows=len(rows),
            metrics={"accuracy": {"value": score, "lo": score, "hi": score}}, headline="accuracy",
            predictions={"path": f"predictions/{path.name}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        )

    def test_compares_pairwise(self):
        records = [self.judged("a/x", 2), self.judged("b/x", 20), self.judged("c/x", 2), self.judged("d/x", 3)]
        report_records.write(self.folder / "pairs.jsonl", records)
        rows = {row["model"]: row["comparison"] for row in json.loads(self.good("clew", "report", "pairs.jsonl", "--compare", "a/x", "--json"))["rows"]}
        self.assertTrue(rows["a/x"]["base"])
        self.assertEqual(rows["b/x"]["test"], "mcnemar")
        self.assertEqual(rows["b/x"]["difference"], 45)
        self.assertLess(rows["b/x"]["p_adjusted"], 0.001)
        self.assertGreater(rows["b/x"]["p_adjusted"], rows["b/x"]["p"])
        self.assertEqual(rows["c/x"]["p_adjusted"], 1)
        (self.folder / records[3]["predictions"]["path"]).write_text("{}\n")
        table = self.good("clew", "report", "pairs.jsonl", "--compare", "a/x@f32")
        self.assertRegex(table, r"\+45\.00 \[\+\d+\.\d\d, \+\d+\.\d\d\] +< 0\.001 +mcnemar")
        self.assertIn("not the recorded one", table)

    def test_hostile_names(self):
        records = [report_records.record(model=HOSTILE, task=HOSTILE, flags=[HOSTILE])]
        report_records.write(self.folder / "hostile.jsonl", records)
        self.assertNotIn("\x1b", self.good("clew", "report", "hostile.jsonl"))
        self.assertNotIn("<img", self.good("clew", "report", "hostile.jsonl", "--format", "markdown"))
        page = self.good("clew", "report", "hostile.jsonl", "--format", "html")
        self.assertNotIn("<img", page)
        self.assertEqual(page.count("</script"), 3)


CELLS = "[...document.querySelectorAll('#table tbody tr')].map((row) => row.cells[%s].textContent)"
HEADS = "[...document.querySelectorAll('#table thead tr:last-child th')]"
# The share of pixels of each plot that are not as the first one.
INK = """[...document.querySelectorAll('canvas')].map((canvas) => {
  const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length;
})"""


@unittest.skipUnless(report_browser.find_browser(), "skipped: there is no Chromium to look at the page with")
class Page(door.Door):
    def show(self, records, width=1400, dark=False):
        self.environment["CLEW_DATA"] = str(self.folder / "nothing")
        report_records.write(self.folder / "records.jsonl", records)
        self.good("clew", "report", "records.jsonl", "--format", "html", "--out", "report.html")
        browser = report_browser.Browser(report_browser.find_browser())
        self.addCleanup(browser.close)
        browser.look(width, 1000, dark)
        browser.open((self.folder / "report.html").as_uri())
        return browser

    def keep(self, browser, name):
        if "CLEW_PICTURES" in os.environ:
            browser.picture(Path(os.environ["CLEW_PICTURES"]) / name)

    def quiet(self, browser):
        """Nothing was asked of the network, and nobody complained."""
        self.assertEqual([url for url in browser.requests if not url.startswith("file:")], [])
        self.assertEqual(len(browser.requests), 1, browser.requests)
        self.assertEqual(browser.complaints, [])

    def place(self, browser, title):
        return browser.value(f"{HEADS}.findIndex((th) => th.textContent === {json.dumps(title)})")

    def test_page(self):
        browser = self.show(report_records.board())
        self.assertEqual(browser.value("document.querySelectorAll('#table tbody tr').length"), ROWS)
        inks = browser.value(INK)
        self.assertEqual(len(inks), 3)  # two tasks, and lengths
        self.assertTrue(all(ink > 0.005 for ink in inks), inks)
        self.assertIn("random weights", browser.value("document.getElementById('notices').textContent"))
        self.assertEqual(browser.value("document.querySelectorAll('.heat').length"), 2)
        self.assertIn("news_game", browser.value("document.getElementById('classes').textContent"))  # class 116 of tnews
        self.assertIn("2026-11-22", browser.value("document.getElementById('method').textContent"))
        self.keep(browser, "light.png")
        self.quiet(browser)

    def test_sorts_by_pointer_and_keys(self):
        browser = self.show(report_records.board())
        p50 = self.place(browser, "p50")
        head = f"{HEADS}[{p50}]"
        browser.value(f"{head}.querySelector('button').click()")
        self.assertEqual(browser.value(f"{head}.getAttribute('aria-sort')"), "ascending")
        cells = [float(cell.replace(",", "")) for cell in browser.value(CELLS % p50)]
        self.assertEqual(cells, sorted(cells))
        browser.value(f"{head}.querySelector('button').focus()")
        browser.press("Enter", 13)
        self.assertEqual(browser.value(f"{head}.getAttribute('aria-sort')"), "descending")
        self.assertEqual([float(cell.replace(",", "")) for cell in browser.value(CELLS % p50)], sorted(cells, reverse=True))
        self.assertTrue(browser.value(f"document.activeElement === {head}.querySelector('button')"), "the focus stays where it was")
        p99 = self.place(browser, "p99")
        for _ in range(2):  # what has too few samples stands last, whichever way
            browser.value(f"{HEADS}[{p99}].querySelector('button').click()")
            self.assertEqual(browser.value(CELLS % p99)[-1], "not enough samples")
        self.quiet(browser)

    def test_filters(self):
        browser = self.show(report_records.board())
        change = "(() => { const field = document.getElementById('%s'); field.%s; field.dispatchEvent(new Event('input', {bubbles: true})); })()"
        browser.value(change % ("filter-model", "value = 'MiniRBT'"))
        self.assertEqual(set(browser.value(CELLS % 0)), {"bert/minirbt-h256"})
        browser.value(change % ("filter-precision", "value = 'int8'"))
        self.assertEqual(browser.value("document.getElementById('count').textContent"), f"2 of {ROWS} rows")
        browser.value(change % ("filter-model", "value = ''"))
        browser.value(change % ("filter-precision", "value = ''"))
        browser.value(change % ("filter-ranked", "checked = true"))
        self.assertEqual(browser.value("document.querySelectorAll('#table tbody tr').length"), ROWS - 2)
        browser.value(change % ("filter-model", "value = 'nothing is called so'"))
        self.assertEqual(browser.value("document.querySelectorAll('#table tbody tr').length"), 0)
        self.assertTrue(browser.value("document.getElementById('tradeoff').hidden"))
        self.quiet(browser)

    def test_dark_and_phone(self):
        browser = self.show(report_records.board(), dark=True)
        self.assertNotEqual(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(251, 251, 250)")
        self.keep(browser, "dark.png")
        for dark in (True, False):
            browser.look(390, 844, dark)
            self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), 390, "only tables may scroll sideways")
            self.keep(browser, "phone-dark.png" if dark else "phone.png")
        self.quiet(browser)

    def test_hostile_names_stay_text(self):
        records = report_records.board()
        for record in records:
            if record["model"] == "bert/base":
                record["model"] = HOSTILE
        browser = self.show(records)
        self.assertEqual(browser.value("document.title"), "Clew report")
        self.assertIn(SHOWN, browser.value("[...document.querySelectorAll('#table tbody th')].map((th) => th.textContent).join(' ')"))
        self.assertEqual(browser.value("document.images.length"), 0)
        self.assertEqual(browser.value("document.scripts.length"), 3)
        self.quiet(browser)

    def test_one_record(self):
        browser = self.show([report_records.record(scenario="accuracy")])
        self.assertEqual(browser.value("document.querySelectorAll('#table tbody tr').length"), 1)
        self.assertTrue(browser.value("document.getElementById('tradeoff').hidden"))
        self.quiet(browser)


if __name__ == "__main__":
    unittest.main()
