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


def pronouns(path):
    return [(row["idx"], row["label"], None) for row in json_lines(path)]


def passages(path):
    """C3: dialogues (d), then texts (m); the answer is the number of its choice."""
    rows = []
    for name in (path.name, path.name.replace("-d-", "-m-")):
        with open(path.parent / name, encoding="utf-8") as file:
            for _, questions, *_ in json.load(file):
                rows += [(len(rows) + i, q["choice"].index(q["answer"]), None) for i, q in enumerate(questions)]
    return rows


def blanks(path):
    return [(row["id"], [row["answer"]], ["#idiom#"]) for row in json_lines(path)]


def columns(path, scheme="bio", numbered=False):
    """Entities of a character and its tag a line, as conlleval finds them."""
    with open(path, encoding="utf-8", newline="\n") as file:
        sentences = [block.split("\n") for block in file.read().replace("\r\n", "\n").split("\n\n")]
    rows = []
    for sentence in sentences:
        text, gold, kind = "", [], None
        for line in filter(None, sentence):
            character, tag = line[:1], line.rsplit(None, 1)[1]
            assert numbered or len(line.rsplit(None, 1)[0]) <= 1, line
            move, _, now = tag.partition("-")
            text += character
            if move == "O":
                kind = None
            elif move in "BS" or now != kind:
                gold.append([now, len(text) - 1, len(text)])
            else:
                gold[-1][2] = len(text)
            kind = None if move in "OES" else now
        if text:
            rows.append((len(rows), gold, text))
    return rows


def numbered_columns(path):
    return columns(path, numbered=True)


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
    "c3": ("choice", "dev", [("c3/c3-d-dev.json", passages), ("samples/c3/c3-d-dev.json", passages)]),
    "chid-fewclue": ("cloze", "dev", [("chid/fewclue/dev_few_all.json", blanks)]),
    "cluewsc2020": ("pronoun", "dev", [("cluewsc/dev.json", pronouns), ("samples/cluewsc/dev.json", pronouns)]),
    "msra_ner": ("tag", "test", [("msra_ner/dev.txt", columns)]),
    "peopledaily_ner": ("tag", "dev", [("peopledaily_ner/example.dev", columns)]),
    "resume_ner": ("tag", "dev", [("resume_ner/dev.char.bmes", columns)]),
    "weibo_ner": ("tag", "dev", [("weibo_ner/weiboNER_2nd_conll.dev", numbered_columns)]),
    "csl-fewclue": ("keywords", "dev", [("csl/fewclue/dev_few_all.json", labelled_json)]),
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
