# A contender of a comparison: a long-lived process behind the line protocol of Door.cpp, ours or a peer's.
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import safetensors_io  # noqa: E402


class ContenderError(Exception):
    """The process did not start, ended, or answered with an error."""


class Contender:
    """`label` is for people; `facts` (threads, graph, precision) go into the results."""

    def __init__(self, label, command, **facts):
        self.label = label
        self.facts = facts
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            self.ready = self._answer("start")
        except ContenderError:
            self.close()
            raise

    def _answer(self, question):
        line = self.process.stdout.readline()
        if not line:
            raise ContenderError(f"{self.label}: ended at '{question}' with {self.process.wait()}")
        if line.startswith("error"):
            raise ContenderError(f"{self.label}: {question}: {line.strip()}")
        return line.strip()

    def ask(self, question):
        try:
            self.process.stdin.write(question + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise ContenderError(f"{self.label}: has ended before '{question}'") from None
        return self._answer(question)

    def load(self, path):
        self.ask(f"load {path}")

    def run(self, count):
        """Microseconds of each of `count` runs of the batch that was loaded last."""
        return [float(word) for word in self.ask(f"run {count}").split()]

    def outputs(self, folder):
        """Results of the last run, name -> array."""
        path = Path(folder) / "result.safetensors"
        self.ask(f"save {path}")
        return {name: values.copy() for name, values in safetensors_io.read(path).items()}

    def close(self):
        if self.process.poll() is None:
            try:
                self.process.stdin.write("quit\n")
                self.process.stdin.flush()
            except BrokenPipeError:
                pass  # it ended in the meantime
            self.process.wait(timeout=30)
        self.process.stdin.close()
        self.process.stdout.close()
