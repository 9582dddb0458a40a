# Gold labels of the official files, read here without Clew: (id, gold, text) a row. Only what scores need is read.
import csv
import json


def json_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def labelled_json(path):
    rows = [(row.get("id", i), str(row["label"]), None) for i, row in enumerate(json_lines(path))]
    return [row for row in rows if row[1] != "-"]


def last_column(path):
    """Tab-separated without a header, the label last."""
    with open(path, encoding="utf-8", newline="\n") as file:
        return [(i, line.rstrip("\r\n").rsplit("\t", 1)[1], None) for i, line in enumerate(l for l in file if l.strip())]


def headed_table(path, delimiter="\t"):
    with open(path, encoding="utf-8-sig", newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        rows = list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))
    spelled = {"contradictory": "contradiction"}  # some mirrors of XNLI
    return [(i, spelled.get(row["label"], row["label"]), None) for i, row in enumerate(rows)]


def comma_table(path):
    return headed_table(path, ",")


def entities(path):
    rows = []
    for number, row in enumerate(json_lines(path)):
        gold = [
            [kind, begin, end + 1]
            for kind, strings in row["label"].items()
            for places in strings.values()
            for begin, end in places
        ]
        rows.append((row.get("id", number), gold, row["text"]))
    return rows


def answers(path):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)["data"]
    questions = [q for article in data for paragraph in article["paragraphs"] for q in paragraph["qas"]]
    return [(q["id"], [a["text"] for a in q["answers"]], None) for q in questions]


# task: (kind, split, [(file below the data folder, reader)]); the first file that is there counts.
TASKS = {
    "afqmc": ("pair", "dev", [("afqmc/dev.json", labelled_json), ("afqmc/dev.txt", last_column)]),
    "bq": ("pair", "dev", [("bq/dev.csv", comma_table)]),
    "chnsenticorp": ("classify", "dev", [("chnsenticorp/dev.tsv", headed_table)]),
    "cluener": ("tag", "dev", [("cluener/dev.json", entities)]),
    "cmnli": ("pair", "dev", [("cmnli/dev.json", labelled_json), ("cmnli/dev.txt", last_column)]),
    "cmrc2018": ("span", "dev", [("cmrc2018/cmrc2018_dev.json", answers), ("cmrc2018/dev.json", answers)]),
    "csl-fewclue": ("pair", "dev", [("csl/fewclue/dev_few_all.json", labelled_json)]),
    "drcd": ("span", "dev", [("drcd/DRCD_dev.json", answers)]),
    "iflytek": ("classify", "dev", [("iflytek/dev.json", labelled_json)]),
    "iflytek-fewclue": ("classify", "dev", [("iflytek/fewclue/dev_few_all.json", labelled_json)]),
    "lcqmc": ("pair", "dev", [("lcqmc/dev.txt", last_column)]),
    "ocnli": ("pair", "dev", [("ocnli/dev.json", labelled_json)]),
    "tnews": ("classify", "dev", [("tnews/dev.json", labelled_json)]),
    "xnli": ("pair", "dev", [("xnli/dev.tsv", headed_table)]),
}

# Shipped with Clew: always there, below suites/samples.
SAMPLES = {
    "sample-classify": ("classify", "dev", [("sample-classify/dev.json", labelled_json)]),
    "sample-pair": ("pair", "dev", [("sample-pair/dev.json", labelled_json)]),
    "sample-span": ("span", "dev", [("sample-span/dev.json", answers)]),
    "sample-tag": ("tag", "dev", [("sample-tag/dev.json", entities)]),
}
