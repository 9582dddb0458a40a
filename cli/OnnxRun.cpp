// clew run FILE.onnx: as a graph of nn through the compiler where the file is one and the batch keeps the condition of packing, else op by op.
#include "cli/ExecutionJson.h"
#include "cli/Exit.h"
#include "cli/OnnxCommand.h"
#include "cli/OnnxProgram.h"
#include "cli/OnnxTensors.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/base/VisibleText.h"
#include "runtime/evaluate/Evaluator.h"
#include "runtime/onnx/OnnxReader.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace clew {
namespace {

/// What `clew run` takes for models of the zoo alone.
Result<void> refuseOthers(const RunArguments &arguments) {
  for (const auto &[given, option] : {std::pair(!arguments.weights.empty(), "--weights"),
                                      std::pair(!arguments.saveWeights.empty(), "--save-weights")}) {
    if (given) {
      return fail(ErrorKind::BadInput,
                  fmt::format("{} is for models of the zoo: an ONNX file has its own weights", option));
    }
  }
  return {};
}

Result<void> preparePlaces(const std::string &path, const RunArguments &arguments) {
  if (const Result<OutputPlace> place = outputPlace(arguments.outputs); !place) {
    return fail(place);
  }
  if (isStandardOutput(arguments.outputs)) {
    divertResults();
  }
  const Result<void> apart = refuseReplacing(arguments.outputs, arguments.inputs, "the inputs'");
  return apart ? refuseReplacing(arguments.outputs, path, "the model's") : apart;
}

/// How long the parts took, and what ran.
struct Ran {
  double load = 0;
  double run = 0;
  std::string obstacle; ///< why the file ran op by op; empty: it ran as a graph of nn
  nlohmann::ordered_json program = nullptr;
};

/// One file on the tensors of another.
class OnnxRun {
public:
  OnnxRun(const std::string &path, const OnnxRunArguments &arguments)
      : path(path), arguments(arguments), memory(std::make_shared<onnx::Memory>(INT64_MAX)) {}

  Result<void> run() {
    Result<onnx::OnnxFile> opened = onnx::openOnnx(path);
    if (!opened) {
      return fail(opened);
    }
    file = std::move(*opened);
    for (const auto &data : file.files) { // those beside it are known only now
      if (Result<void> apart = refuseReplacing(arguments.run.outputs, data->name(), "the weights'"); !apart) {
        return apart;
      }
    }
    Result<SafeTensors> tensors = SafeTensors::open(arguments.run.inputs);
    if (!tensors) {
      return fail(tensors);
    }
    batch = std::move(*tensors);
    Result<std::vector<onnx::Value>> read = readOnnxInputs(file.model, *batch, *memory, arguments.run.inputs);
    if (!read) {
      return fail(read);
    }
    inputs = std::move(*read);
    Result<bool> compiled = arguments.byOp ? Result<bool>(false) : runCompiled();
    return !compiled ? fail(compiled) : *compiled ? Result<void>() : runByOp();
  }

  Result<void> write() {
    std::vector<TensorView> tensors;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (Result<void> added = addOnnxOutput(file.model.graph.outputs[i].name, outputs[i], tensors); !added) {
        return fail(added.error().kind, added.error().message, path);
      }
    }
    if (Result<void> written = writeSafeTensors(arguments.run.outputs, tensors); !written) {
      return written;
    }
    show(tensors);
    return {};
  }

private:
  int threads() const { return arguments.run.threads > 0 ? arguments.run.threads : usableCores(); }

  /// Whether it ran; if not, `ran.obstacle` says why.
  Result<bool> runCompiled() {
    const Stopwatch loading;
    const Result<OnnxGraph> graph = OnnxGraph::recognize(file.model, path);
    const Result<onnx::PackedRows> rows = graph ? packOnnxInputs(graph->form(), inputs) : fail(graph);
    if (!rows) {
      return passOver(rows.error().message);
    }
    Result<OnnxProgram> program = [&] {
      const Progress progress("compiling " + graph->name());
      return OnnxProgram::load(*graph, path, {arguments.compile, threads(), arguments.run.deterministic});
    }();
    if (!program) {
      return fail(program);
    }
    ran.load = loading.seconds();
    const Stopwatch running;
    const Result<void> done = [&] {
      const Progress progress("running");
      return program->run(*rows, *memory, outputs);
    }();
    if (!done && done.error().kind == ErrorKind::BadInput) {
      return passOver(done.error().message);
    }
    ran.run = running.seconds();
    ran.program = {{"name", program->executable().program().model}};
    ran.program.update(executionJson(program->executable()));
    return done ? Result<bool>(true) : fail(done);
  }

  /// What only the compiler does is not done in another way.
  Result<bool> passOver(const std::string &why) {
    if (arguments.chosen) {
      return fail(
          ErrorKind::Unsupported,
          "--target, --precision, --cpu, --bf16 and --products are for graphs that the compiler takes; this one "
          "runs op by op: " +
              why,
          path);
    }
    ran.obstacle = why;
    say("note: {} runs op by op, padded: {}\n", path, why);
    return false;
  }

  Result<void> runByOp() {
    const Stopwatch loading;
    Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(file.model, path);
    if (!evaluator) {
      return fail(evaluator);
    }
    ran.load = loading.seconds();
    const Stopwatch running;
    Result<std::vector<onnx::Value>> all = [&] {
      const Progress progress("running");
      return evaluator->run(std::move(inputs), threads());
    }();
    if (!all) {
      return fail(all);
    }
    ran.run = running.seconds();
    outputs = std::move(*all);
    return {};
  }

  void show(const std::vector<TensorView> &tensors) const {
    if (arguments.run.json) {
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      for (const TensorView &tensor : tensors) {
        list.push_back({{"name", tensor.name}, {"type", nameOf(tensor.type)}, {"shape", tensor.shape}});
      }
      nlohmann::ordered_json out = {{"model", path},      {"opset", file.model.opset}, {"compiled", ran.program},
                                    {"load_s", ran.load}, {"first_run_s", ran.run},    {"outputs", std::move(list)}};
      if (!ran.obstacle.empty()) {
        out["obstacle"] = ran.obstacle;
      }
      return printJson(out);
    }
    Table table({{"output"}, {"type"}, {"shape"}});
    for (const TensorView &tensor : tensors) {
      table.add({visibleText(tensor.name), std::string(nameOf(tensor.type)), renderShape(tensor.shape)});
    }
    printText(table.render());
    say("{}: loaded in {:.3f} s, first run {:.4f} s; wrote {}\n", path, ran.load, ran.run, arguments.run.outputs);
  }

  const std::string &path;
  const OnnxRunArguments &arguments;
  std::shared_ptr<onnx::Memory> memory;
  onnx::OnnxFile file;
  std::optional<SafeTensors> batch;
  std::vector<onnx::Value> inputs, outputs;
  Ran ran;
};

} // namespace

int runOnnx(const std::string &path, const OnnxRunArguments &arguments) {
  const Result<void> plain = refuseOthers(arguments.run);
  const Result<void> prepared = plain ? preparePlaces(path, arguments.run) : plain;
  if (!prepared) {
    return report(prepared.error());
  }
  OnnxRun run(path, arguments);
  const Result<void> done = run.run();
  const Result<void> written = done ? run.write() : done;
  return written ? kDone : report(written.error());
}

} // namespace clew
