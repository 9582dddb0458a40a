#!/usr/bin/env python3
# Writes the sample data sets from suites/samples/source, so that texts are edited where they can be reviewed and offsets are
# never counted by hand. The written files are committed: neither a build nor a run needs this script. Without FOLDER it also
# states the new rows and sha256 in suites/tasks/sample-*.yaml; then run make_vocabulary.py.
#
#   suites/samples/make_samples.py [FOLDER]      default: the folder of this script
#
# The same sources give the same bytes everywhere: choices come from SHA-256, not from a random generator.
import hashlib
import json
import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
sys.path.insert(0, str(HOME))
import templates  # noqa: E402

COUNTS = {
    "sample-classify": {"train": 300, "dev": 100, "test": 40},
    "sample-pair": {"train": 200, "dev": 80, "test": 40},
    "sample-tag": {"train": 200, "dev": 80, "test": 40},
    "sample-span": {"train": 40, "dev": 20, "test": 5},
}
SPLITS = ("train", "dev", "test")
OWN_SHARE = 0.5  # of dev and test rows, from templates that training never sees


def from_templates(filler, groups, split, count):
    """`count` texts of a split, from its own and the shared templates; each text once in all splits."""
    own = groups.get(split, [])
    share = int(count * OWN_SHARE) if own else 0
    texts = []
    for templates_used, wanted in ((own, share), (groups["shared"], count - share)):
        for number in range(wanted):
            texts.append(filler.new_text(templates_used[number % len(templates_used)], split))
    return texts


def classify(filler):
    """One topic for a headline."""
    labels = templates.read_labels(HOME / "source" / "classify.txt")
    rows = {}
    for split in SPLITS:
        count = COUNTS["sample-classify"][split] // len(labels)
        made = []
        for label, description, groups in labels:
            for text in from_templates(filler, groups, split, count):
                made.append({"label": label, "label_desc": description, "sentence": text})
        made = templates.mixed(made, lambda row: row["sentence"])
        if split == "test":
            made = [{"id": number, "sentence": row["sentence"]} for number, row in enumerate(made)]
        rows[split] = made
    return rows


def tag(filler):
    """Entities of four types; ends are inclusive, as in CLUENER."""
    groups = templates.read_groups(HOME / "source" / "tag.txt")
    rows = {}
    for split in SPLITS:
        marked = from_templates(filler, groups, split, COUNTS["sample-tag"][split])
        made = []
        for text, marks in (templates.unmark(line) for line in templates.mixed(marked, str)):
            label = {}
            for kind, begin, end in marks:
                label.setdefault(kind, {}).setdefault(text[begin:end], []).append([begin, end - 1])
            made.append({"text": text, "label": label})
        if split == "test":
            made = [{"id": number, "text": row["text"]} for number, row in enumerate(made)]
        rows[split] = made
    return rows


def pair(filler):
    """Two questions: 1 same meaning, 0 another one. As many of each, from every family."""
    families = templates.read_families(HOME / "source" / "pair.txt")
    rows = {}
    for split in SPLITS:
        count = COUNTS["sample-pair"][split]
        same = templates.in_turns([family.same(split) for family in families], count // 2)
        other = templates.in_turns([family.other(split) for family in families], count - count // 2)
        made = [{"sentence1": a, "sentence2": b, "label": "1"} for a, b in same]
        made += [{"sentence1": a, "sentence2": b, "label": "0"} for a, b in other]
        made = templates.mixed(made, lambda row: row["sentence1"] + row["sentence2"])
        if split == "test":
            made = [{"sentence1": row["sentence1"], "sentence2": row["sentence2"], "id": number}
                    for number, row in enumerate(made)]
        rows[split] = made
    return rows


def span(filler):
    """Questions to a paragraph, in the layout of SQuAD and CMRC2018. Three for each paragraph of train, two elsewhere."""
    paragraphs = templates.read_paragraphs(HOME / "source" / "span.txt")
    documents = {}
    for split in SPLITS:
        data = []
        for number in range(COUNTS["sample-span"][split]):
            paragraph = paragraphs[number % len(paragraphs)]
            title, marked, *questions = filler.new_text(paragraph, split).split("\n")
            context, marks = templates.unmark(marked)
            name = f"{split.upper()}_{number}"
            answers = {kind: {"text": context[begin:end], "answer_start": begin} for kind, begin, end in marks}
            entries = []
            chosen = questions if split == "train" else [q for i, q in enumerate(questions) if i != number % 3]
            for index, (kind, question) in enumerate(q[2:].split(" ", 1) for q in chosen):
                entry = {"question": question, "id": f"{name}_QUERY_{index}"}
                if split != "test":
                    entry["answers"] = [answers[kind]]
                entries.append(entry)
            data.append({"paragraphs": [{"id": name, "context": context, "qas": entries}], "id": name, "title": title})
        documents[split] = {"version": "v1.0", "data": data}
    return documents


def write(folder, rows_of_splits):
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in rows_of_splits.items():
        if isinstance(rows, dict):
            text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        else:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{split}.json").write_text(text, encoding="utf-8")


def restate(name):
    """Rows and sha256 in the task's YAML as the files have them."""
    path = HOME.parent / "tasks" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for split in SPLITS:
        data = (HOME / name / f"{split}.json").read_bytes()
        rows = data.count(b'"question"') if name == "sample-span" else data.count(b"\n")
        line = f"name: {split}.json, rows: {rows}, sha256: {hashlib.sha256(data).hexdigest()}"
        text = re.sub(rf"name: {split}\.json, rows: \d+, sha256: \w+", line, text)
    path.write_text(text, encoding="utf-8")


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    makers = {"sample-classify": classify, "sample-pair": pair, "sample-tag": tag, "sample-span": span}
    for name, make in makers.items():
        write(target / name, make(templates.Filler(HOME / "source" / "words.txt")))
        if target == HOME:
            restate(name)


if __name__ == "__main__":
    main()
