# Rules about single files: size, names, first lines, words, endings.
import re
from pathlib import PurePosixPath

# (ending, folder, wall in lines); the first that matches counts.
WALLS = [
    (".td", "", 400),
    (".yaml", "zoo/models/", 160),
    (".yaml", "suites/tasks/", 30),
    (".h", "", 500),
    (".cpp", "", 500),
    (".py", "", 500),
    (".sh", "", 500),
]
VAGUE = re.compile(r"(^|[^A-Za-z]|(?<=[a-z]))([Uu]til(s|ities|ity)?|[Cc]ommon|[Hh]elpers?)($|[^a-z])")
# Put together from halves, so that this file does not hold what it forbids.
BANNED = ["/wo" + "rk/", "/ro" + "ot/", "far" + "m-", "suba" + "gent"]
COMMENT = {".h": "//", ".cpp": "//", ".td": "//", ".mlir": "//", ".py": "#", ".sh": "#"}
STD = re.compile(r"^\s*using\s+namespace\s+std\s*;")
PRINT = re.compile(r"\b(fmt|std)::(print|println|printf|fprintf|puts|fputs|fwrite|cout|cerr|clog)\b")
THROW = re.compile(r"^[^/\"]*\bthrow\b")


def size(tree):
    """A file has a wall."""
    for path in tree.paths:
        for ending, folder, wall in WALLS:
            if path.endswith(ending) and path.startswith(folder):
                count = len(tree.lines(path))
                if count > wall:
                    yield path, count, f"has {count} lines; the wall is {wall}"
                break


def telling_names(tree):
    """Nothing is called utils, common or helpers."""
    for path in tree.paths:
        for part in PurePosixPath(path).parts:
            if VAGUE.search(part.split(".")[0]):
                yield path, 0, f"'{part}' does not say what it holds"


def words(tree):
    """No path of one machine, no name of one workplace."""
    for path in tree.texts():
        for number, line in tree.lines(path):
            for word in BANNED:
                if word in line.lower():
                    yield path, number, f"holds '{word}'"


def purpose(tree):
    """A source file's first lines say what it does and why."""
    for path in tree.paths:
        mark = COMMENT.get(PurePosixPath(path).suffix)
        if mark is None:
            continue
        lines = [line for _, line in tree.lines(path)[:2]]
        if lines and lines[0].startswith("#!"):
            lines.pop(0)
        if not lines or not lines[0].startswith(mark) or not lines[0].strip(mark + " "):
            yield path, 1, f"does not begin with a comment ('{mark} ...') that says what it does"


def pragma_once(tree):
    """Headers are guarded by #pragma once."""
    for path in tree.having(".h"):
        if not any(line.strip() == "#pragma once" for _, line in tree.lines(path)):
            yield path, 1, "has no #pragma once"


def no_using_std(tree):
    """No `using namespace std`."""
    for path in tree.having(".h", ".cpp"):
        for number, line in tree.lines(path):
            if STD.match(line):
                yield path, number, "opens namespace std"


def no_throw(tree):
    """We never throw; Result carries failures."""
    for path in tree.having(".h", ".cpp"):
        if path.startswith("tests/"):
            continue
        for number, line in tree.lines(path):
            if THROW.match(line):
                yield path, number, "throws; return a Result"


def one_printer(tree):
    """Only cli/Output prints: what is printed otherwise may throw or fail unseen."""
    for path in tree.having(".h", ".cpp"):
        if path.startswith("tests/") or path == "cli/Output.cpp":
            continue
        for number, line in tree.lines(path):
            if PRINT.search(line.split("//")[0]):
                yield path, number, "prints; call printOut or say (cli/Output.h)"


def last_newline(tree):
    """Text ends in a newline and holds no carriage returns."""
    for path in tree.texts():
        text = tree.read(path)
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "does not end in a newline"
        if "\r" in text:
            yield path, text[: text.index("\r")].count("\n") + 1, "holds a carriage return"


def docs_lines(tree):
    """Prose for people is at most 120 columns wide; rows of tables cannot be broken."""
    for path in tree.having(".md"):
        for number, line in tree.lines(path):
            if len(line) > 120 and not line.lstrip().startswith("|"):
                yield path, number, f"is {len(line)} columns wide; docs have 120"


RULES = [size, telling_names, words, purpose, pragma_once, no_using_std, no_throw, one_printer, last_newline, docs_lines]
