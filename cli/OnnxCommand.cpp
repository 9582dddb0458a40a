// See OnnxCommand.h: what files hold. Running them is OnnxRun.cpp's.
#include "cli/OnnxCommand.h"

#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "compiler/OnnxGraph.h"
#include "runtime/base/VisibleText.h"
#include "runtime/evaluate/Evaluator.h"
#include "runtime/onnx/OnnxReader.h"
#include "runtime/program/ProgramFile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace clew {
namespace {

/// "int64 [batch, sequence]".
std::string typeText(const onnx::ValueInfo &info) {
  std::string shape;
  for (const onnx::Dimension &dimension : info.shape) {
    const auto *extent = std::get_if<int64_t>(&dimension);
    const std::string &name = extent ? std::to_string(*extent) : std::get<std::string>(dimension);
    shape += (shape.empty() ? "" : ", ") + (name.empty() ? "?" : visibleText(name));
  }
  const char *holder = info.kind == onnx::ValueInfo::Kind::Tensor     ? ""
                       : info.kind == onnx::ValueInfo::Kind::Sequence ? "sequence of "
                                                                      : "optional ";
  return fmt::format("{}{} {}", holder, nameOf(info.type), info.ranked ? "[" + shape + "]" : "of any shape");
}

/// How often each op is there, in bodies and functions too.
void countOps(const std::vector<onnx::Node> &nodes, std::map<std::string, int64_t> &counts) {
  for (const onnx::Node &node : nodes) {
    ++counts[node.domain.empty() ? node.type : node.domain + "." + node.type];
    for (const onnx::Attribute &attribute : node.attributes) {
      if (const auto *body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value)) {
        countOps((*body)->nodes, counts);
      }
    }
  }
}

struct OnnxFacts {
  std::map<std::string, int64_t> ops;
  int64_t parameters = 0, bytes = 0;
};

OnnxFacts factsOf(const onnx::Model &model) {
  OnnxFacts facts;
  countOps(model.graph.nodes, facts.ops);
  for (const onnx::Function &function : model.functions) {
    countOps(function.nodes, facts.ops);
  }
  for (const onnx::Tensor &tensor : model.graph.initializers) {
    facts.parameters += onnx::product(tensor.dims);
    facts.bytes += static_cast<int64_t>(tensor.bytes().size());
  }
  return facts;
}

/// Whether the compiler takes it.
std::string recognition(const Result<OnnxGraph> &graph) {
  if (!graph) {
    return "runs op by op, padded: " + graph.error().message;
  }
  const ModelSummary summary = graph->summary();
  const std::string whole = graph->form().wholeOnly;
  return fmt::format("recognised as a graph of nn: {} steps, {} parameters{}", summary.nodes.size(),
                     grouped(summary.parameters), whole.empty() ? "" : "; of rows without padding alone: " + whole);
}

void showJson(const std::string &path, const onnx::Model &model, const OnnxFacts &facts, const std::string &obstacle,
              const Result<OnnxGraph> &graph) {
  const auto values = [](const std::vector<onnx::ValueInfo> &list) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const onnx::ValueInfo &info : list) {
      out.push_back({{"name", info.name}, {"type", typeText(info)}});
    }
    return out;
  };
  nlohmann::ordered_json out = {{"model", path},
                                {"producer", model.producer},
                                {"producer_version", model.producerVersion},
                                {"ir_version", model.irVersion},
                                {"opset", model.opset},
                                {"inputs", values(model.graph.inputs)},
                                {"outputs", values(model.graph.outputs)},
                                {"ops", facts.ops},
                                {"parameters", facts.parameters},
                                {"weight_bytes", facts.bytes},
                                {"metadata", nlohmann::ordered_json::object()},
                                {"runs", obstacle.empty()},
                                {"recognised", graph.has_value()}};
  if (graph) {
    const ModelSummary summary = graph->summary();
    out["steps"] = summary.nodes.size();
    out["whole_only"] = graph->form().wholeOnly;
  } else {
    out["not_recognised"] = graph.error().message;
  }
  for (const auto &[key, value] : model.metadata) {
    out["metadata"][key] = value;
  }
  if (!obstacle.empty()) {
    out["obstacle"] = obstacle;
  }
  printJson(out);
}

void showTable(const std::string &path, const onnx::Model &model, const OnnxFacts &facts) {
  printOut("{}: IR version {}, opset {}, by {} {}\n{} elements of weights, {} bytes\n\n", path, model.irVersion,
           model.opset, visibleText(model.producer), visibleText(model.producerVersion), grouped(facts.parameters),
           grouped(facts.bytes));
  Table values({{""}, {"name"}, {"type"}});
  for (const onnx::ValueInfo &input : model.graph.inputs) {
    values.add({"input", visibleText(input.name), typeText(input)});
  }
  for (const onnx::ValueInfo &output : model.graph.outputs) {
    values.add({"output", visibleText(output.name), typeText(output)});
  }
  printText(values.render(terminalWidth()));
  Table ops({{"op"}, {"nodes", Align::Right}});
  for (const auto &[name, count] : facts.ops) {
    ops.add({visibleText(name), grouped(count)});
  }
  printText("\n" + ops.render(terminalWidth()));
  for (const auto &[key, value] : model.metadata) {
    printOut("{}: {}\n", visibleText(key), visibleText(value.substr(0, 200)));
  }
}

} // namespace

bool isOnnx(const std::string &path) { return path.ends_with(".onnx"); }

int compileOnnx(const std::string &path, const CompileOptions &options, const std::string &stage,
                const std::string &output) {
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  const Result<OnnxGraph> graph = file ? OnnxGraph::recognize(file->model, path) : fail(file);
  if (!graph) {
    return report(graph.error());
  }
  const Progress progress("compiling " + graph->name());
  if (stage == "program" && !output.empty()) {
    const Result<Program> program = graph->compile(options);
    const Result<void> written = program ? saveProgram(*program, output) : fail(program);
    return written ? kDone : report(written.error());
  }
  const Result<std::string> text = graph->emit(options, stage);
  return text ? printOrWrite(*text, output) : report(text.error());
}

int showOnnx(const std::string &path, bool json) {
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  if (!file) {
    return report(file.error());
  }
  const Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(file->model, path);
  const std::string obstacle = evaluator ? "" : evaluator.error().message;
  const OnnxFacts facts = factsOf(file->model);
  const Result<OnnxGraph> graph = OnnxGraph::recognize(file->model, path);
  if (json) {
    showJson(path, file->model, facts, obstacle, graph);
  } else {
    showTable(path, file->model, facts);
    printOut("{}\n", recognition(graph));
  }
  if (!obstacle.empty()) {
    say("note: it does not run here: {}\n", obstacle);
  }
  return kDone;
}

std::vector<Error> checkOnnx(const std::string &path) {
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  if (!file) {
    return {file.error()};
  }
  const Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(file->model, path);
  say("note: {} {}\n", path, recognition(OnnxGraph::recognize(file->model, path)));
  return evaluator ? std::vector<Error>() : std::vector<Error>{evaluator.error()};
}

} // namespace clew
