# Reads the sources of the samples (source/*.txt) and fills their slots. Apart from make_samples.py so that each fits on a page.
import hashlib
import itertools
import re

SLOT = re.compile(r"\{(\w+)(?:\.\w+)?\}")
MARK = re.compile(r"\[(\w+):([^\[\]]+)\]")


def draw(key, count):
    """A number in 0..count-1 that depends on the key alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count


def mixed(items, key):
    """The items in an order that looks like chance and depends on their keys alone."""
    return sorted(items, key=lambda item: hashlib.sha256(key(item).encode()).digest())


def in_turns(lists, count):
    """`count` items, one of each list in turn; the lists are mixed first and may run dry."""
    queues = [mixed(items, str) for items in lists]
    rounds = itertools.chain.from_iterable(itertools.zip_longest(*queues))
    taken = [item for item in rounds if item is not None][:count]
    if len(taken) != count:
        raise SystemExit(f"{count} pairs are wanted, the sources give {len(taken)}")
    return taken


def lines_of(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def listed(text):
    return [word.strip() for word in text.split("|") if word.strip()]


def unmark(marked):
    """[type:text] marks taken out: the bare text and (type, begin, end), in code points."""
    marks, text, last = [], "", 0
    for match in MARK.finditer(marked):
        text += marked[last : match.start()]
        marks.append((match.group(1), len(text), len(text) + len(match.group(2))))
        text += match.group(2)
        last = match.end()
    return text + marked[last:], marks


class Filler:
    """Fills slots with words; no text is given twice in the life of one Filler, so splits cannot share one."""

    def __init__(self, path):
        self.train, self.all, self.given = {}, {}, set()
        for line in lines_of(path):
            name, words = line.split(": ", 1)
            seen, _, unseen = words.partition("||")
            span = re.fullmatch(r"(\d+)\.\.(\d+)", seen.strip())
            self.train[name] = [str(n) for n in range(int(span[1]), int(span[2]) + 1)] if span else listed(seen)
            self.all[name] = self.train[name] + listed(unseen)

    def _fill(self, template, split, attempt):
        chosen, used = {}, set()
        for match in SLOT.finditer(template):
            slot, name = match.group(0), match.group(1)
            if slot in chosen:
                continue
            words = (self.train if split == "train" else self.all)[name]
            words = [word for word in words if (name, word) not in used]
            chosen[slot] = words[draw(f"{template} {slot} {split} {attempt}", len(words))]
            used.add((name, chosen[slot]))
        return SLOT.sub(lambda match: chosen[match.group(0)], template)

    def new_text(self, template, split):
        for attempt in range(1000):
            text = self._fill(template, split, attempt)
            if text not in self.given:
                self.given.add(text)
                return text
        raise SystemExit(f"no further text can be made of: {template}")


def read_groups(path):
    """Templates by their group: shared, dev, test."""
    groups, group = {}, None
    for line in lines_of(path):
        if line in ("shared", "dev", "test"):
            group = groups.setdefault(line, [])
        else:
            group.append(line)
    return groups


def read_labels(path):
    """(label, its Chinese name, groups of templates)."""
    labels, group = [], None
    for line in lines_of(path):
        if line.startswith("label "):
            _, name, description = line.split()
            labels.append((name, description, {}))
        elif line in ("shared", "dev", "test"):
            group = labels[-1][2].setdefault(line, [])
        else:
            group.append(line)
    return labels


def read_paragraphs(path):
    """Title, marked text and questions, joined by newlines so that slots are filled in all of them at once."""
    paragraphs = []
    for line in lines_of(path):
        if line.startswith("= "):
            paragraphs.append(line[2:])
        else:
            paragraphs[-1] += "\n" + line
    return paragraphs


class Family:
    """Questions about {x}: intents, each with several wordings."""

    def __init__(self):
        self.words, self.intents = {}, []

    def same(self, split):
        """Two wordings of one intent."""
        return [
            tuple(wording.replace("{x}", word) for wording in two)
            for word in self.words[split]
            for intent in self.intents
            for two in itertools.permutations(intent, 2)
            if draw(split + word + "".join(two), 2) == 0
        ]

    def other(self, split):
        """Two intents about one thing, or one intent about two things; as often one as the other."""
        intents = [
            (a.replace("{x}", word), b.replace("{x}", word))
            for word in self.words[split]
            for first, second in itertools.permutations(self.intents, 2)
            for a, b in itertools.product(first, second)
        ]
        things = [
            (a.replace("{x}", word), b.replace("{x}", another))
            for word, another in itertools.permutations(self.words[split], 2)
            for intent in self.intents
            for a, b in itertools.product(intent, intent)
            if a != b
        ]
        count = min(len(intents), len(things))
        return mixed(intents, str)[:count] + mixed(things, str)[:count]


def read_families(path):
    families = []
    for line in lines_of(path):
        if line.startswith("family "):
            families.append(Family())
        elif line.startswith("x "):
            parts = line[2:].split("||")
            families[-1].words = dict(zip(("train", "dev", "test"), map(listed, parts)))
        elif line == "intent":
            families[-1].intents.append([])
        else:
            families[-1].intents[-1].append(line)
    return families
