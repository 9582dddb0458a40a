# Rules that hold files against each other: nothing is left out of the build, and no pass or op goes without its test.
import re
from pathlib import PurePosixPath

PASS = re.compile(r'^\s*def\s+(\w+)\s*:\s*Pass<\s*"([^"]+)"', re.MULTILINE)
OP = re.compile(r'^\s*def\s+NN_\w*Op\s*:\s*\w+<\s*"([a-z_0-9]+)"', re.MULTILINE)


def no_orphans(tree):
    """Every .cpp is named in the CMakeLists.txt of its folder or of one above it."""
    for path in tree.having(".cpp"):
        folder = PurePosixPath(path).parent
        name = PurePosixPath(path).name
        while True:
            lists = str(folder / "CMakeLists.txt")
            relative = str(PurePosixPath(path).relative_to(folder))
            if lists in tree and re.search(rf"(^|[\s/\"(]){re.escape(name)}($|[\s\")])", tree.read(lists)):
                break
            if lists in tree and relative in tree.read(lists):
                break
            if folder == PurePosixPath("."):
                yield path, 0, "is built by no CMakeLists.txt"
                break
            folder = folder.parent


def no_orphan_folders(tree):
    """Every CMakeLists.txt is reached from the top one."""
    for path in tree.having("/CMakeLists.txt"):
        folder = PurePosixPath(path).parent
        above = folder.parent
        while str(above / "CMakeLists.txt") not in tree and above != PurePosixPath("."):
            above = above.parent
        lists = str(above / "CMakeLists.txt")
        relative = str(folder.relative_to(above))
        if lists not in tree or not re.search(rf"add_subdirectory\(\s*{re.escape(relative)}[\s)]", tree.read(lists)):
            yield path, 0, f"is not added by {lists}"


def passes_are_tested(tree):
    """Each pass has one name in four places, and a lit test."""
    for path in tree.having("Passes.td", under="compiler/"):
        for match in PASS.finditer(tree.read(path)):
            name, flag = match.groups()
            line = tree.read(path)[: match.start()].count("\n") + 1
            snake = flag.removeprefix("clew-").replace("-", "_")
            camel = "".join(word.capitalize() for word in snake.split("_"))
            if not flag.startswith("clew-"):
                yield path, line, f"pass {name} has the flag '{flag}'; flags begin with 'clew-'"
            if name.removesuffix("Pass").lower() != camel.lower():
                yield path, line, f"pass {name} and its flag '{flag}' are two names for one thing"
            test = f"tests/compiler/passes/{snake}.mlir"
            if test not in tree:
                yield path, line, f"pass {name} has no test {test}"


def ops_are_tested(tree):
    """Each nn op has a lit test of its own."""
    for path in tree.having(".td", under="compiler/nn/"):
        for match in OP.finditer(tree.read(path)):
            test = f"tests/compiler/nn/{match.group(1)}.mlir"
            if test not in tree:
                line = tree.read(path)[: match.start()].count("\n") + 1
                yield path, line, f"op nn.{match.group(1)} has no test {test}"


RULES = [no_orphans, no_orphan_folders, passes_are_tested, ops_are_tested]
