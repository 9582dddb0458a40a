# The texts that tokenizers are compared on: every line of every text file of a data folder, and every string in its JSON.
import json
import os
from pathlib import Path

TEXT_SUFFIXES = {".txt", ".tsv", ".csv", ".json", ".jsonl", ".md", ".dev", ".train", ".test"}


def data_folder():
    """$CLEW_DATA, else shared/data beside the checkout."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    return Path(os.environ.get("CLEW_DATA") or beside)


def read_arguments(parser):
    """Parses with --data and --vocab added, vocab filled in; None, with the reason printed, if package or vocabulary are not here."""
    parser.add_argument("--data", type=Path, default=data_folder(), help="$CLEW_DATA by default")
    parser.add_argument("--vocab", type=Path, help="DATA/vocab/google_zh_vocab.txt by default")
    arguments = parser.parse_args()
    arguments.vocab = arguments.vocab or arguments.data / "vocab" / "google_zh_vocab.txt"
    try:
        import tokenizers
    except ImportError:
        print("skipped: the tokenizers package is not installed")
        return None
    if not arguments.vocab.exists():
        print(f"skipped: no {arguments.vocab}")
        return None
    print("tokenizers", tokenizers.__version__, flush=True)
    return arguments


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)


def texts_of(path):
    """Every line as it stands; of JSON also every key and string, without escapes; of tables every cell."""
    whole = path.read_bytes().decode("utf-8", "replace")
    lines = whole.split("\n")
    yield from lines
    if path.suffix in {".tsv", ".csv", ".txt"}:
        for line in lines:
            cells = line.split("\t")
            yield from cells if len(cells) > 1 else ()
    if not path.suffix.startswith(".json"):
        return
    try:
        yield from strings_in(json.loads(whole))
        return
    except ValueError:
        pass
    for line in lines:
        try:
            yield from strings_in(json.loads(line))
        except ValueError:
            continue


def files_under(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and path.suffix in TEXT_SUFFIXES)
