#!/usr/bin/env python3
# Makes golden/texts.json and golden/code_points.json, once, with the `tokenizers` package; GoldenTest.cpp reads them. All texts are
# written or drawn at random here: none comes from a data set.
#
#   PYTHON make_golden.py        (PYTHON has the tokenizers package)
import json
import random
import struct
import sys
from pathlib import Path

import tokenizers
from tokenizers import BertWordPieceTokenizer, normalizers

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench" / "peers"))
import tokenizer_random  # noqa: E402

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["the", "play", "##ing", "un", "##believ", "##able", "stra", "##ß", "##e", "2020", "##20", "istanbul", "北京", "οδυσσευσ"]
OPTIONS = [
    {},
    {"lowercase": False},
    {"strip_accents": False},
    {"lowercase": False, "strip_accents": True},
    {"handle_chinese_chars": False},
    {"clean_text": False},
]
TEXTS = [
    "", " ", "\t\r\n", "hello", "The Playing, unbelievable!", "我在北京2020年吃了3.14个苹果。", "“引号”——破折号…《书名》、",
    "[CLS]句子[SEP]第二[MASK]句[PAD][UNK]", "[cls] [ MASK ] [MASK[MASK]]", "a" * 99, "a" * 100, "a" * 101, "一" * 101,
    "b" * 100 + "中" + "b" * 101, "e\u0301te\u0301 été", "naïve Ångström ǖ", "ΟΔΥΣΣΕΥΣ Σ ΣΑΣ", "İstanbul ISTANBUL ıi", "STRASSE Straße ẞ",
    "ﬁnal ﬂow ﬀ Ⅷ ㎏ ½", "한국어 각 가나다", "\u1112\u1161\u11ab 한", "ｆｕｌｌ　ｗｉｄｔｈ１２３！？", "👨\u200d👩\u200d👧\u200d👦 👍🏽 🇨🇳 ❤\ufe0f",
    "zero\u200bwidth\u200cjoin\u200der\u2060word\ufeffbom\u00adsoft", "a\x00b\x01c\x7fd\x80e\ufffdf", "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029 x",
    "x\u00a0y\u1680z\u2000a\u200ab\u202fc\u205fd\u3000e", "\u1885\u1886 \u1734 \ua9bd \U000111c9 \u166d", "\ue000\uf8ff\U000f0000\U0010fffd", "\ufdd0\uffff\U0001ffff x",
    "\uf900\ufa0e\U0002f800\U0002f81d 豈", "㐀䶿一鿿𠀀𪛖𪜀𫜴𫠝𬺡𮯠𰀀", "ひらがなカタカナ々〆ヶ", "ไทย ภาษา สระ", "हिन्दी क्षि", "العَرَبِيَّة עִבְרִית",
    "a\u0315\u0300\u05ae\u0062 \u302e\u302f\u302a", "\u1df6\u1df7\u08d4\u0334x", "q\u0307\u0323 \u0323\u0307q", "\U0001d15f \U0001d160\U0001d165\U0001d16e", "=\u0338 ≠ ≮ ∄",
    "\u037e\u0387\u1fef\u1ffd\u2126\u212a\u212b", "$¢£¤+<=>^`|~×÷±§¶©", "don't e-mail foo_bar #tag @user http://a.b/c?d=e&f=g", "##ing ## ##", "ß##ß",
    "\u1c89\ua7cb\ua7dc\U00010d50\U00016ea0", "\u10a0\u1c90Ꭰꭰ", "\U00011938\U00011935\U00011930", "\u2e43\u2e52\u061d", "ǅ ǈ ŉ ΐ",
]  # fmt: skip


def without_space(c):
    return not (9 <= c <= 13 or c in (0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= c <= 0x200A)


def golden_texts():
    source = random.Random(2024)
    drawn = [tokenizer_random.text(source) for _ in range(60)]
    texts = TEXTS + drawn
    normal = normalizers.BertNormalizer()
    seen = sorted({c for text in texts for c in text + normal.normalize_str(text) if without_space(ord(c))})
    # Some characters are missing, so that there are unknown words.
    kept = [c for i, c in enumerate(seen) if i % 7 or c.isascii()]
    vocabulary = list(dict.fromkeys(SPECIALS + WORDS + kept + ["##" + c for c in kept]))
    groups = []
    nfd = normalizers.NFD().normalize_str
    for number, options in enumerate(OPTIONS):
        peer = BertWordPieceTokenizer({token: i for i, token in enumerate(vocabulary)}, **options)
        cases = []
        for text in texts if number == 0 else texts[number::5]:
            encoding = peer.encode(text, add_special_tokens=False)
            case = {"text": text, "ids": encoding.ids}
            # Where canonical order moves a mark, the two name its place differently.
            if nfd(text) == "".join(map(nfd, text)):
                case["begins"] = [begin for begin, _ in encoding.offsets]
                case["ends"] = [end for _, end in encoding.offsets]
            cases.append(case)
        groups.append({"options": options, "cases": cases})
    return {"made_with": f"tokenizers {tokenizers.__version__}", "vocabulary": vocabulary, "groups": groups}


def digest(encodings):
    """FNV-1a, 64 bits, of all ids and of -1 after each text."""
    value = 0xCBF29CE484222325
    for encoding in encodings:
        for byte in struct.pack(f"<{len(encoding.ids) + 1}i", *encoding.ids, -1):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def golden_code_points():
    """Every code point c as the text "a" c "b", with a vocabulary of all code points of planes 0 and `plane`, as they are and with
    ##. One digest for 4096 code points."""
    groups = []
    for plane in range(17):
        planes = [0] if plane == 0 or 4 <= plane <= 13 or plane > 14 else [0, plane]
        scalars = [c for p in planes for c in range(p << 16, (p + 1) << 16) if not 0xD800 <= c < 0xE000 and without_space(c)]
        tokens = SPECIALS + [prefix + chr(c) for c in scalars for prefix in ("", "##")]
        vocabulary = {token: i for i, token in reversed(list(enumerate(tokens)))}
        peer = BertWordPieceTokenizer(vocabulary)
        digests = []
        for start in range(plane << 16, (plane + 1) << 16, 4096):
            texts = ["a" + chr(c) + "b" for c in range(start, start + 4096) if not 0xD800 <= c < 0xE000]
            digests.append(digest(peer.encode_batch(texts, add_special_tokens=False)))
        groups.append({"first": plane << 16, "planes": planes, "digests": digests})
        print("plane", plane, flush=True)
    return {"made_with": f"tokenizers {tokenizers.__version__}", "groups": groups}


def write(name, value, list_key):
    """JSON with one case a line."""
    def lines(item):
        if isinstance(item, dict) and "cases" in item:
            inner = ",\n".join(json.dumps(case) for case in item["cases"])
            return f'{{"options": {json.dumps(item["options"])}, "cases": [\n{inner}]}}'
        return json.dumps(item)

    head = {key: inner for key, inner in value.items() if key != list_key}
    text = json.dumps(head)[:-1] + f', "{list_key}": [\n' + ",\n".join(map(lines, value[list_key])) + "]}\n"
    (HERE / "golden").mkdir(exist_ok=True)
    (HERE / "golden" / name).write_text(text)


if __name__ == "__main__":
    write("texts.json", golden_texts(), "groups")
    write("code_points.json", golden_code_points(), "groups")
