# Random texts that look for differences: code points of all of Unicode, but mostly of the places where rules meet (marks,
# white space, punctuation, controls, Hangul, decompositions, ideographs, special tokens).
import unicodedata

SPECIALS = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]", "[cls]", "[MASK", "[[SEP]]", "##", "##s", "[unused1]"]
WORDS = ["the", "playing", "unbelievable", "Straße", "ΟΔΥΣΣΕΥΣ", "İstanbul", "naïve", "한국어", "你好", "2020", "ﬁn", "a" * 99]
REGIONS = [
    (0x00, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x590, 0x6FF), (0x900, 0xDFF), (0xE00, 0xFFF),
    (0x1100, 0x11FF), (0x1AB0, 0x1AFF), (0x1C00, 0x1CFF), (0x1DC0, 0x1FFF), (0x2000, 0x20FF), (0x2E00, 0x2E7F),
    (0x3000, 0x30FF), (0x302A, 0x302F), (0x3400, 0x9FFF), (0xA640, 0xABFF), (0xAC00, 0xD7A3), (0xE000, 0xF8FF),
    (0xF900, 0xFAFF), (0xFB00, 0xFB4F), (0xFE00, 0xFFFF), (0x10000, 0x11FFF), (0x16E00, 0x16FFF), (0x1D100, 0x1D1FF),
    (0x1E000, 0x1E9FF), (0x1F300, 0x1FAFF), (0x20000, 0x323AF), (0xE0000, 0xE01FF), (0x0, 0x10FFFF),
]  # fmt: skip
MARKS = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")]


def character(source):
    first, last = source.choice(REGIONS)
    while True:
        value = source.randint(first, last)
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def text(source):
    parts = []
    for _ in range(source.randint(0, 40)):
        kind = source.random()
        if kind < 0.06:
            parts.append(source.choice(SPECIALS))
        elif kind < 0.14:
            parts.append(source.choice(WORDS))
        elif kind < 0.22:
            parts.append(" ")
        elif kind < 0.45:
            parts.append("".join(source.choice(MARKS) for _ in range(source.randint(1, 4))))
        elif kind < 0.6:
            parts.append(source.choice("abcXYZ,.!-_#'"))
        else:
            parts.append(character(source))
    return "".join(parts)


def rich_vocabulary():
    """Each code point that a normal form may have, as it is and with ##, and longer tokens: little hides in [UNK]."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "play", "##ing", "naive", "##believ", "##able"]
    for c in (*range(0x21, 0x20000), *range(0x20000, 0x30000, 3), *range(0xE0000, 0xE0200)):
        if not 0xD800 <= c < 0xE000 and not chr(c).isspace() and c % 31:
            tokens += [chr(c), "##" + chr(c)]
    return tokens
