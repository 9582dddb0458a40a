#!/usr/bin/env python3
# clew report --site in a real browser, from a disk, offline: views, filters, addresses, sorting by keys, comparisons, three widths, light and dark,
# hostile texts, and ten thousand records. Skips visibly where there is no browser. CLEW_PICTURES names a folder for pictures.
import copy
import json
import os
import random
import unittest
from pathlib import Path

import door
import record_seal
import report_browser
import report_records

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
ROWS = "document.querySelectorAll('#main tbody tr').length"


def many(count):
    """About so many records of made-up models."""
    chance = random.Random(3)
    records = []
    for number in range(count):
        task = "cluener" if number % 3 else "tnews"
        model = (f"zoo{number % 40}/m{number}", 10_000_000 + number, 60 + chance.uniform(0, 20), chance.uniform(2, 90))
        for precision, _, _ in report_records.PRECISIONS:
            records += [one for one in report_records.cell(model, task, precision, chance) if one["length"] == 0]
        if len(records) >= count:
            return records[:count]


@unittest.skipUnless(report_browser.find_browser(), "skipped: there is no Chromium to look at the site with")
class Site(door.Door):
    def make(self, records):
        self.environment["CLEW_DATA"] = str(self.folder / "nothing")
        report_records.write(self.folder / "records.jsonl", records)
        self.good("clew", "report", "records.jsonl", "--site", "site")
        return self.folder / "site"

    def show(self, records, width=1400, dark=False, view=""):
        site = self.make(records)
        browser = report_browser.Browser(report_browser.find_browser())
        self.addCleanup(browser.close)
        browser.look(width, 1000, dark)
        browser.open((site / "index.html").as_uri() + view)
        return browser

    def go(self, browser, view):
        browser.value(f"void (location.hash = {json.dumps(view)})")
        browser.value("new Promise((done) => setTimeout(done, 50))")

    def quiet(self, browser):
        self.assertEqual([url for url in browser.requests if not url.startswith("file:")], [])
        self.assertEqual(browser.complaints, [])

    def keep(self, browser, name):
        if "CLEW_PICTURES" in os.environ:
            browser.picture(Path(os.environ["CLEW_PICTURES"]) / name, whole=False)

    def text(self, browser):
        return browser.value("document.getElementById('main').textContent")

    def two_machines(self):
        records = report_records.board()
        for record in copy.deepcopy([one for one in records if one["model"] in ("bert/rbt3", "bert/base")]):
            record["machine"].update(cpu="AMD EPYC 9B14", cores=16, features=["avx2", "avx512f"])
            records.append(record_seal.seal(record))
        return records

    def test_views(self):
        browser = self.show(self.two_machines())
        self.assertIn("cluener dev", self.text(browser))
        self.assertIn("AMD EPYC 9B14, 16 cores", self.text(browser))
        self.keep(browser, "site-overview.png")
        self.go(browser, "#/task/" + browser.value("encodeURIComponent(allRows.find((row) => row.task === 'cluener').board)"))
        self.assertEqual(browser.value("document.querySelectorAll('#main .plot svg').length"), 2)  # a plot a machine
        self.assertIn("bert/large@f32", self.text(browser))
        self.assertGreaterEqual(browser.value("document.querySelectorAll('#main .plot svg line.grid').length"), 8)
        self.keep(browser, "site-task.png")
        for view, words in {"#/model/bert%2Fbase": "bert/base", "#/machines": "16 cores", "#/boards": "made-up", "#/models": "bert/minirbt-h256",
                            "#/board/made-up": "bert/large", "#/no-such-view": "Tasks", "#/task/%E0%A4%A": ""}.items():
            self.go(browser, view)
            self.assertIn(words, self.text(browser), view)
        self.quiet(browser)
        self.assertTrue((self.folder / "site/LEADERBOARD.md").read_text().startswith("# Leaderboard"))

    def test_history(self):
        records = report_records.board()
        for day, record in enumerate(copy.deepcopy([one for one in records if one["model"] == "bert/rbt3" and one["length"] == 0])):
            record["finished"] = record["finished"].replace("11-22", f"11-{23 + day % 5}")
            records.append(record_seal.seal(record))
        browser = self.show(records, view="#/model/bert%2Frbt3")
        self.assertIn("History: cluener dev", self.text(browser))
        self.assertGreaterEqual(browser.value("document.querySelectorAll('#main .plot circle').length"), 4)
        self.keep(browser, "site-model.png")
        self.quiet(browser)

    def test_filters_have_addresses(self):
        browser = self.show(self.two_machines())
        everything = browser.value(ROWS)
        change = "(() => { const field = document.getElementById('%s'); field.%s; field.dispatchEvent(new Event('input', {bubbles: true})); })()"
        browser.value(change % ("filter-model", "value = 'MiniRBT'"))
        browser.value(change % ("filter-precision", "value = 'int8'"))
        address = browser.value("location.href")
        few = browser.value(ROWS)
        self.assertLess(few, everything)
        self.assertIn("model=MiniRBT", address)
        browser.open("about:blank")
        browser.open(address)
        self.assertEqual(browser.value(ROWS), few)
        self.assertEqual(browser.value("document.getElementById('filter-precision').value"), "int8")
        browser.value(change % ("filter-model", "value = 'nothing is called so'"))
        self.assertEqual(browser.value(ROWS), 0)
        self.quiet(browser)

    def test_sorts_by_keys(self):
        browser = self.show(report_records.board())
        browser.value("document.querySelector('thead button[data-key=p50]').focus()")
        browser.press("Enter", 13)
        place = "[...document.querySelectorAll('#main thead th')].findIndex((th) => th.getAttribute('aria-sort') === 'ascending')"
        cells = browser.value(f"[...document.querySelectorAll('#main tbody tr')].map((row) => row.cells[{place}].textContent)")
        numbers = [float(cell.replace(",", "")) for cell in cells if cell]
        self.assertEqual(numbers, sorted(numbers))
        self.assertGreater(len(numbers), 20)
        self.assertTrue(browser.value("document.activeElement.dataset.key === 'p50'"), "the focus stays where it was")
        self.assertIn("sort=p50", browser.value("location.hash"))
        self.quiet(browser)

    def answered(self, model, wrong):
        """An accuracy record of the shipped pairs, and its predictions, wrong on every n-th row."""
        rows = [json.loads(line) for line in (door.SOURCE / "suites/samples/sample-pair/dev.json").read_text(encoding="utf-8").splitlines()]
        text = "".join(json.dumps({"id": place, "label": str((int(row["label"]) + (place % wrong == 0)) % 2)}) + "\n" for place, row in enumerate(rows))
        digest = record_seal.sha256(text)
        path = self.folder / record_seal.prediction_path(digest)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        score = {"value": 50.0, "lo": 40.0, "hi": 60.0}
        return report_records.record(model=model, task="sample-pair", task_version="1", scenario="accuracy", rows=len(rows), metrics={"accuracy": score},
                                     headline="accuracy", predictions={"path": record_seal.prediction_path(digest), "sha256": digest}), len(rows)

    def test_compares_answers(self):
        (first, rows), (second, _) = self.answered("a/x", 4), self.answered("b/x", 10)
        browser = self.show([first, second], view="#/compare/a%2Fx%40f32/b%2Fx%40f32")
        browser.value("document.querySelector('#main button.more').click()")
        for _ in range(50):
            if browser.value("Boolean(document.getElementById('differing'))"):
                break
        differing = sum((place % 4 == 0) != (place % 10 == 0) for place in range(rows))
        self.assertIn(f"They answer {differing} of {rows} rows differently", self.text(browser))
        self.assertEqual(browser.value("document.querySelectorAll('#main [aria-label=\"Differing answers\"] tbody tr').length"), differing)
        self.keep(browser, "site-compare.png")
        self.quiet(browser)

    def test_three_widths_light_and_dark(self):
        browser = self.show(self.two_machines())
        task = "#/task/" + browser.value("encodeURIComponent(allRows.find((row) => row.task === 'cluener').board)")
        for width in (390, 820, 1400):
            for dark in (False, True):
                browser.look(width, 900, dark)
                for view in ("#/", task, "#/compare"):
                    self.go(browser, view)
                    self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), width, (view, "only tables may scroll sideways"))
                    self.keep(browser, f"site-{width}-{'dark' if dark else 'light'}-{view.strip('#/').split('/')[0] or 'overview'}.png")
        self.quiet(browser)

    def test_hostile_texts_stay_text(self):
        records = report_records.board()
        for record in records:
            if record["model"] == "bert/base":
                record.update(model=HOSTILE, flags=[HOSTILE])
        browser = self.show(records)
        self.assertIn("Clew report", browser.value("document.title"))
        self.assertNotIn("taken", browser.value("document.title"))
        self.assertIn("onerror", self.text(browser))
        self.assertEqual(browser.value("document.images.length"), 0)
        self.quiet(browser)

    def test_ten_thousand_records(self):
        browser = self.show(many(10_000))
        self.assertGreater(browser.value("allRows.length"), 2_000)
        self.assertEqual(browser.value(ROWS), 200)
        paint = browser.value("performance.getEntriesByType('paint').map((one) => [one.name, one.startTime])")
        shown = browser.value("performance.getEntriesByName('clew-shown')[0].startTime")
        size = (self.folder / "site/index.html").stat().st_size
        print(f"10,000 records: {browser.value('allRows.length')} rows, {size / 1e6:.1f} MB; shown after {shown:.0f} ms, paint {paint}", flush=True)
        self.keep(browser, "site-many.png")
        self.quiet(browser)


if __name__ == "__main__":
    unittest.main()
