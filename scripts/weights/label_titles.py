#!/usr/bin/env python3
# Writes the rows of the taggers' tasks: titles of TNEWS with the labels that the packages give them, by the NumPy implementation of
# taggers.py. Needs NumPy. A title's words, where a task is about words, are those of the segmenter.
#
#   scripts/weights/label_titles.py DIR TNEWS_DEV_JSON [--count 1000]
import argparse
import json
from pathlib import Path

from taggers import TAGGERS


def read_titles(path, count):
    """The first different titles of a file of TNEWS."""
    titles = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            title = json.loads(line)["sentence"].strip()
            if title and title not in titles:
                titles.append(title)
            if len(titles) == count:
                return titles
    raise SystemExit(f"error: {path}: expected {count} different titles, found {len(titles)}")


def words_of(title, tags):
    """As fool/lexical.py cuts: B begins a word, E ends one, all but B, M and E is one by itself. Blanks are no words."""
    words, open_word = [], ""
    for character, tag in zip(title, tags):
        if tag in "BM":
            open_word += character
        elif tag == "E":
            words.append(open_word + character)
            open_word = ""
        else:
            words.append(character)
            open_word = ""
    return " ".join([*words, open_word]).split()


def row_of(text, tokens, tags):
    """A row in the form `entities`; `tokens` stand in the text one behind the other."""
    label, at = {}, 0
    for token, tag in zip(tokens, tags):
        begin = text.index(token, at)
        at = begin + len(token)
        label.setdefault(tag, {}).setdefault(token, []).append([begin, at - 1])
    return {"text": text, "label": label}


def rows_by_task(folder, titles):
    """{task: rows}"""
    rows, cut = {}, []
    for task, make in TAGGERS.items():
        tokens = [text.split() for text in cut] if task == "foolnltk-pos" else [list(title) for title in titles]
        tags = make(folder).tag(tokens)
        texts = cut if task == "foolnltk-pos" else titles
        rows[task] = [row_of(*row) for row in zip(texts, tokens, tags)]
        if task == "foolnltk-seg":  # before the tagger of words in the table
            cut = [" ".join(words_of(*row)) for row in zip(titles, tags)]
    return rows


def main():
    parser = argparse.ArgumentParser(description="labels titles as the packages do")
    parser.add_argument("folder", type=Path)
    parser.add_argument("titles", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    for task, rows in rows_by_task(options.folder, read_titles(options.titles, options.count)).items():
        place = options.folder / "data" / task
        place.mkdir(parents=True, exist_ok=True)
        with open(place / "dev.json", "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(f"{place / 'dev.json'}: {len(rows)} rows", flush=True)


if __name__ == "__main__":
    main()
