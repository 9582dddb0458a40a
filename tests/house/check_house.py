#!/usr/bin/env python3
# Checks the tree itself against the plan of the house (docs/architecture.md, CONTRIBUTING.md), so that a rule that can be
# checked is checked and reviewers may think about the rest. Prints FILE:LINE: rule: message; exit 1 if anything is found.
#
#   tests/house/check_house.py [--format] [ROOT]
#
# --format runs only clang-format's check, a test of its own, because the tool may be absent: exit 77 means skipped.
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import code_rules  # noqa: E402
import file_rules  # noqa: E402
import include_rules  # noqa: E402
import tree_rules  # noqa: E402
from tree import Tree  # noqa: E402

RULES = include_rules.RULES + file_rules.RULES + code_rules.RULES + tree_rules.RULES
SKIP = 77


def findings(tree, rules=None):
    """All findings as (path, line, rule, message)."""
    for rule in rules if rules is not None else RULES:
        for path, line, message in rule(tree):
            yield path, line, rule.__name__, message


def check_format(tree):
    tool = shutil.which("clang-format-22")
    if tool is None:
        print("skipped: clang-format-22 is not installed")
        return SKIP
    files = tree.having(".h", ".cpp")
    failed = False
    for start in range(0, len(files), 50):
        command = [tool, "--dry-run", "-Werror", *files[start : start + 50]]
        done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            if ": error:" in line:
                print(line)
        failed = failed or done.returncode != 0
    if failed:
        print("not formatted; run scripts/format.sh")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description="checks the tree against the rules of the house")
    parser.add_argument("root", nargs="?", default=Path(__file__).resolve().parents[2])
    parser.add_argument("--format", action="store_true", help="only clang-format's check")
    arguments = parser.parse_args()
    tree = Tree(arguments.root)
    if arguments.format:
        return check_format(tree)
    found = list(findings(tree))
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    print(f"{len(RULES)} rules, {len(tree.paths)} files, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
