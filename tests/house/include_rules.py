# Who may include whom: the table of docs/architecture.md, and which libraries have one home.
import re
from pathlib import PurePosixPath

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Longest prefix first. A room may include what its list names; a list entry is a prefix of the included path.
MAY_INCLUDE = [
    ("runtime/", ["runtime/"]),
    ("yaml/", ["yaml/", "runtime/base/"]),
    ("zoo/", ["zoo/", "yaml/", "runtime/base/", "runtime/ref/Activations.h"]),
    ("compiler/", ["compiler/", "zoo/", "runtime/base/", "runtime/onnx/", "runtime/program/", "runtime/ref/Activations.h"]),
    ("suites/", ["suites/", "compiler/", "zoo/", "yaml/", "runtime/"]),
    ("training/", ["training/", "suites/", "compiler/", "zoo/", "yaml/", "runtime/"]),
    ("cli/", ["cli/", "training/", "suites/", "compiler/", "zoo/", "yaml/", "runtime/"]),
    ("python/", ["python/", "suites/", "compiler/", "zoo/", "yaml/", "runtime/"]),
    ("tests/", ["tests/", "cli/", "training/", "suites/", "compiler/", "zoo/", "yaml/", "runtime/"]),
]
ROOMS = tuple(room for room, _ in MAY_INCLUDE)

# A header of the library (pattern on the included path), and where alone it may be included.
HOMES = [
    ("oneDNN", re.compile(r"^(oneapi/)?dnnl"), ("runtime/cpu/", "tests/")),
    ("LLVM or MLIR", re.compile(r"^(llvm|mlir|clang)(-c)?/"), ("compiler/", "tests/compiler/", "tests/conformance/", "tests/bench/")),
    (
        "LLVM's code generation",
        re.compile(r"^(llvm/(ExecutionEngine|Target|MC|CodeGen|Passes|TargetParser)/|mlir/ExecutionEngine/)"),
        ("compiler/emit/", "compiler/target/", "tests/compiler/"),
    ),
    ("yaml-cpp", re.compile(r"^yaml-cpp/"), ("yaml/",)),
    ("CLI11", re.compile(r"^CLI/"), ("cli/",)),
    ("Boost.Asio or Beast", re.compile(r"^boost/(asio|beast)"), ("suites/serve/",)),
    ("nanobind", re.compile(r"^nanobind/"), ("python/",)),
    ("OpenMP", re.compile(r"^omp\.h$"), ("runtime/base/", "tests/")),
    ("CUDA", re.compile(r"^(cuda|cublas)"), ("runtime/cuda/", "tests/runtime/cuda/")),
]


def includes(tree, path):
    for number, line in tree.lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def allowed_for(path):
    for room, allowed in MAY_INCLUDE:
        if path.startswith(room):
            return allowed
    return None


def direction(tree):
    """Includes point down only."""
    for path in tree.having(".h", ".cpp"):
        allowed = allowed_for(path)
        if allowed is None:
            continue
        for number, _, target in includes(tree, path):
            if target.startswith(ROOMS) and not target.startswith(tuple(allowed)):
                yield path, number, f"includes {target}; may include {', '.join(allowed)}"


def from_the_root(tree):
    """Our own headers are included in quotes, by their path from the root, and exist."""
    for path in tree.having(".h", ".cpp"):
        for number, quoted, target in includes(tree, path):
            if target.startswith(ROOMS):
                generated = target.endswith(".inc")
                if not quoted:
                    yield path, number, f"writes <{target}>; our own headers stand in quotes"
                elif not generated and target not in tree:
                    yield path, number, f"includes {target}, which does not exist"
            elif quoted and str(PurePosixPath(path).parent / target) in tree:
                yield path, number, f'includes "{target}"; write its path from the root'


def own_header_first(tree):
    """X.cpp includes X.h before anything else, so that X.h is known to stand alone."""
    for path in tree.having(".cpp"):
        own = path.removesuffix(".cpp") + ".h"
        first = next(iter(includes(tree, path)), None)
        if own in tree and first is not None and first[2] != own:
            yield path, first[0], f"includes {first[2]} before its own header {own}"


def one_home(tree):
    """A library is included in its home only."""
    for path in tree.having(".h", ".cpp"):
        for number, quoted, target in includes(tree, path):
            for name, pattern, homes in HOMES:
                if pattern.match(target) and not path.startswith(homes):
                    yield path, number, f"includes {target}: {name} lives in {', '.join(homes)} only"


def folder_of(path):
    return str(PurePosixPath(path).parent)


def folder_edges(tree):
    """(folder, included folder) -> the first place that makes it so."""
    edges = {}
    for path in tree.having(".h", ".cpp"):
        if path.startswith("tests/"):
            continue
        for number, _, target in includes(tree, path):
            here, there = folder_of(path), folder_of(target)
            if target.startswith(ROOMS) and here != there:
                edges.setdefault((here, there), (path, number, target))
    return edges


def reachable(edges, start):
    after = {}
    for here, there in edges:
        after.setdefault(here, set()).add(there)
    found, waiting = set(), [start]
    while waiting:
        for there in after.get(waiting.pop(), ()):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


def no_folder_cycles(tree):
    """Folders have an order: none includes another that includes it in turn, at once or by way of others."""
    edges = folder_edges(tree)
    for (here, there), (path, number, target) in sorted(edges.items()):
        if here in reachable(edges, there):
            yield path, number, f"includes {target}, but {there}/ includes {here}/ in turn"


RULES = [direction, from_the_root, own_header_first, one_home, no_folder_cycles]
