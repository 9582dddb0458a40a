# The files that the house rules look at, each read once. A rule is a function from a Tree to findings (path, line, text).
import os
import subprocess
from pathlib import Path

TEXT = {".h", ".cpp", ".td", ".py", ".sh", ".yaml", ".yml", ".mlir", ".md", ".txt", ".cmake", ".json", ".in", ".jsonl"}
TEXT_NAMES = {"CMakeLists.txt", "run", ".clang-format", ".clang-tidy", ".gitignore", "LICENSE"}
SKIPPED = {".git", "build", "venv", "__pycache__", ".cache"}


class Tree:
    """A checkout: relative paths with forward slashes, and their texts."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.paths = sorted(self._list())
        self._known = set(self.paths)
        self._texts = {}

    def _list(self):
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode == 0:
                return {p for p in done.stdout.decode().split("\0") if p and (self.root / p).is_file()}
        found = set()
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED]
            for name in files:
                found.add((Path(folder) / name).relative_to(self.root).as_posix())
        return found

    def having(self, *endings, under=""):
        return [p for p in self.paths if p.startswith(under) and (not endings or p.endswith(endings))]

    def texts(self):
        """All paths that hold text."""
        return [p for p in self.paths if Path(p).suffix in TEXT or Path(p).name in TEXT_NAMES]

    def read(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_bytes().decode("utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        return list(enumerate(self.read(path).splitlines(), start=1))

    def __contains__(self, path):
        return path in self._known
