#!/usr/bin/env python3
# Compares the speed of each kind of tokenizer but WordPiece (tokenizer_speed.py has that, and says what is measured and what is not) with
# the `tokenizers` package on TNEWS and CLUENER, with vocabularies of 8,000 tokens that are trained here. Exit 1 if Clew is slower or an id
# differs; 77 if a package or the data are absent.
#
#   tests/bench/peers/tokenizer_kind_speed.py --door build/release/bin/tests/clew_text_door [--kept FOLDERS]
import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
sys.path.insert(0, str(Path(__file__).resolve().parent))
import tokenizer_folders  # noqa: E402
import tokenizer_kinds  # noqa: E402
import tokenizer_speed  # noqa: E402
import tokenizer_texts  # noqa: E402
from tokenizer_door import TokenizerDoor  # noqa: E402

FOLDERS = ("gpt2", "roberta-json", "gpt", "words", "albert", "xlnet", "t5-pieces", "xlmr-pieces", "llama-pieces", "pieces", "pieces-bpe", "split-gpt4", "split-previous", "split-next")


class Peer:
    """A Tokenizer of `tokenizers` with the names that tokenizer_speed asks for."""

    def __init__(self, folder):
        from transformers import AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder)._tokenizer
        self._tokenizer.no_truncation()
        self.encode = self._tokenizer.encode
        self.encode_batch = self._tokenizer.encode_batch


def main():
    parser = argparse.ArgumentParser(description="compares the speed of tokenizers of all kinds with the tokenizers package")
    parser.add_argument("--door", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=7, help="at least 7")
    parser.add_argument("--kept", type=Path, help="folders that tokenizer_kinds.py --keep made")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="folders whose name begins with one of these, a comma between them")
    arguments = tokenizer_texts.read_arguments(parser)
    if not arguments:
        return 77
    good = True
    with tempfile.TemporaryDirectory() as base:
        folders = {name: arguments.kept / name for name in FOLDERS} if arguments.kept else None
        if not folders:
            texts = list(tokenizer_kinds.training_texts(arguments.data, 40))
            folders = tokenizer_folders.all_folders(Path(base), texts, tokenizer_kinds.SIZE)
        for name in (name for name in FOLDERS if name.startswith(tuple(arguments.only.split(",")))):
            print(f"== {name}", flush=True)
            door = TokenizerDoor(arguments.door, folders[name])
            peer = Peer(folders[name])
            good = all([tokenizer_speed.measure(task, arguments, peer, door) for task in tokenizer_speed.FILES]) and good
            door.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
