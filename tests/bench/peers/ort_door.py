# ONNX Runtime behind the same door as clew-bench-door (Door.cpp says the protocol): a long-lived process that loads one graph
# once and times it from inside, so that no start-up is timed. What favours the peer is left to it: padding and copying of
# inputs happen in `load`, untimed; results are bound beforehand; the cost of calling from Python (the time of a graph that
# does nothing) is taken off each time.
#
#   python ort_door.py GRAPH.onnx --threads N
import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import numpy  # noqa: E402
import onnxruntime  # noqa: E402
import safetensors_io  # noqa: E402

import onnx_graph  # noqa: E402
from best_path import best_paths  # noqa: E402


def session_of(graph, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class Runner:
    """One session with its inputs and outputs bound."""

    def __init__(self, session):
        self.session = session
        self.names = [value.name for value in session.get_outputs()]
        self.overhead = 0.0

    def bind(self, inputs):
        """Binds what the graph asks for of `inputs` (name -> I64 array)."""
        self.binding = self.session.io_binding()
        for value in self.session.get_inputs():
            self.binding.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(inputs[value.name]))
        for name in self.names:
            self.binding.bind_output(name)

    def time(self, count):
        """Microseconds of `count` runs."""
        times = []
        for _ in range(count):
            begin = time.perf_counter_ns()
            self.session.run_with_iobinding(self.binding)
            end = time.perf_counter_ns()
            times.append(max((end - begin) / 1e3 - self.overhead, 0.001))
        return times

    def outputs(self):
        return dict(zip(self.names, self.binding.copy_outputs_to_cpu()))


def call_overhead():
    """Microseconds of a call of a graph with two outputs that computes nothing."""
    graph = onnx_graph.GraphBuilder("nothing")
    value = graph.op("Cast", graph.input("x", [1]), to=onnx_graph.TensorProto.FLOAT)
    for name in ("a", "b"):
        graph.output(name, value, [1])
    runner = Runner(session_of(graph.model().SerializeToString(), 1))
    runner.bind({"x": numpy.zeros(1, numpy.int64)})
    return float(numpy.median(runner.time(2000)[1000:]))


PADDING = 260  # a character of ELMo


def padded_words(batch, seen):
    """The characters of each word, padded to the longest of the batch: (rows, tokens, characters)."""
    offsets = batch["character_offsets"]
    sizes = numpy.diff(offsets)
    words = numpy.full((len(sizes), sizes.max()), PADDING, numpy.int64)
    words[numpy.arange(sizes.max())[None] < sizes[:, None]] = batch["characters"]
    rows = numpy.full((*seen.shape, sizes.max()), PADDING, numpy.int64)
    rows[seen] = words
    return rows


def padded(batch):
    """A packed batch as the padded inputs of the graphs, and the mask of real tokens."""
    lengths = numpy.diff(batch["offsets"]).astype(numpy.int64)
    seen = numpy.arange(lengths.max())[None] < lengths[:, None]
    inputs = {"lengths": lengths, "attention_mask": seen.astype(numpy.int64)}
    if "characters" in batch:
        inputs["characters"] = padded_words(batch, seen)
    for name, key in (("input_ids", "ids"), ("token_type_ids", "segments")):
        values = numpy.zeros(seen.shape, numpy.int64)
        if key in batch:
            values[seen] = batch[key]
        inputs[name] = values
    return inputs, seen


class Door:
    def __init__(self, runner):
        self.runner = runner
        self.seen = None

    def load(self, path):
        inputs, self.seen = padded(safetensors_io.read(path))
        self.runner.bind(inputs)
        return "ok"

    def run(self, count):
        return " ".join(f"{microseconds:.3f}" for microseconds in self.runner.time(int(count)))

    def save(self, path):
        found = self.runner.outputs()
        tensors = {name: values[self.seen] if values.ndim == 3 else values for name, values in found.items()}
        if "emissions" in found:
            crf = [found[name] for name in ("transitions", "start_transitions", "end_transitions")]
            tensors["logits"] = best_paths(found["emissions"], self.seen.sum(axis=1), *crf)
        safetensors_io.write(path, tensors)
        return "ok"

    def answer(self, line):
        command, _, argument = line.partition(" ")
        actions = {"load": self.load, "run": self.run, "save": self.save}
        if command not in actions:
            return f"error: unknown command '{command}'"
        try:
            return actions[command](argument)
        except Exception as error:  # the process stays up whatever the peer says
            return f"error: {' '.join(str(error).split())}"


def main():
    parser = argparse.ArgumentParser(description="times an ONNX graph for compare.py")
    parser.add_argument("graph")
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    runner = Runner(session_of(arguments.graph, arguments.threads))
    runner.overhead = call_overhead()
    door = Door(runner)
    print(f"ready overhead_us={runner.overhead:.2f}", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        print(door.answer(line.strip()), flush=True)


if __name__ == "__main__":
    main()
