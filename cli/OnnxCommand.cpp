// See OnnxCommand.h.
#include "cli/OnnxCommand.h"

#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/base/VisibleText.h"
#include "runtime/evaluate/Evaluator.h"
#include "runtime/onnx/OnnxReader.h"
#include "runtime/weights/SafeTensors.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace clew {
namespace {

/// Types that both kinds of file have.
constexpr std::pair<StoredType, onnx::DataType> types[] = {{StoredType::F64, onnx::DataType::Double},
                                                           {StoredType::F32, onnx::DataType::Float},
                                                           {StoredType::F16, onnx::DataType::Float16},
                                                           {StoredType::BF16, onnx::DataType::BFloat16},
                                                           {StoredType::F8E4M3, onnx::DataType::Float8E4M3FN},
                                                           {StoredType::F8E5M2, onnx::DataType::Float8E5M2},
                                                           {StoredType::I64, onnx::DataType::Int64},
                                                           {StoredType::I32, onnx::DataType::Int32},
                                                           {StoredType::I16, onnx::DataType::Int16},
                                                           {StoredType::I8, onnx::DataType::Int8},
                                                           {StoredType::U64, onnx::DataType::UInt64},
                                                           {StoredType::U32, onnx::DataType::UInt32},
                                                           {StoredType::U16, onnx::DataType::UInt16},
                                                           {StoredType::U8, onnx::DataType::UInt8},
                                                           {StoredType::Bool, onnx::DataType::Bool}};

std::optional<StoredType> storedOf(onnx::DataType type) {
  const auto *found = std::ranges::find(types, type, [](const auto &pair) { return pair.second; });
  return found == std::end(types) ? std::nullopt : std::optional(found->first);
}

/// A tensor as the input `info`: 32 bits of integers also serve where the model reads 64.
Result<onnx::Value> inputFrom(const TensorView &tensor, const onnx::ValueInfo &info, onnx::Memory &memory,
                              const std::string &path) {
  const auto *known = std::ranges::find(types, tensor.type, [](const auto &pair) { return pair.first; });
  onnx::Tensor view{tensor.name, known->second, tensor.shape, {}};
  view.view = tensor.bytes;
  onnx::Array array = onnx::arrayOf(view, memory);
  if (!array.data) {
    return fail(ErrorKind::Io, fmt::format("no memory for tensor {}", quoteName(tensor.name)), path);
  }
  if (array.type == onnx::DataType::Int32 && info.type == onnx::DataType::Int64) {
    onnx::Array wide = array;
    wide.type = info.type;
    wide.memory = memory.take(array.count() * static_cast<int64_t>(sizeof(int64_t)));
    wide.data = wide.memory.get();
    if (!wide.data) {
      return fail(ErrorKind::Io, fmt::format("no memory for tensor {}", quoteName(tensor.name)), path);
    }
    std::ranges::copy(array.all<int32_t>(), wide.to<int64_t>());
    return onnx::Value(std::move(wide));
  }
  return onnx::Value(std::move(array));
}

/// The file's tensors as the model's inputs; a tensor that is no input is refused.
Result<std::vector<onnx::Value>> readInputs(const onnx::Model &model, const SafeTensors &file, onnx::Memory &memory,
                                            const std::string &path) {
  std::vector<onnx::Value> inputs;
  for (const onnx::ValueInfo &info : model.graph.inputs) {
    const auto found = std::ranges::find(file.tensors(), info.name, &TensorView::name);
    if (found == file.tensors().end()) {
      inputs.emplace_back(); // the evaluator knows which may be missing
      continue;
    }
    Result<onnx::Value> value = inputFrom(*found, info, memory, path);
    if (!value) {
      return fail(value);
    }
    inputs.push_back(std::move(*value));
  }
  for (const TensorView &tensor : file.tensors()) {
    if (std::ranges::find(model.graph.inputs, tensor.name, &onnx::ValueInfo::name) == model.graph.inputs.end()) {
      return fail(ErrorKind::BadInput, fmt::format("tensor {} is no input of the model", quoteName(tensor.name)), path);
    }
  }
  return inputs;
}

/// An output with a name, or the parts of a sequence with numbers behind it.
Result<void> addOutput(const std::string &name, const onnx::Value &value, std::vector<TensorView> &tensors) {
  if (value.kind == onnx::Value::Kind::Sequence) {
    for (size_t i = 0; i < value.sequence->size(); ++i) {
      const Result<void> added = addOutput(fmt::format("{}.{}", name, i), onnx::Value((*value.sequence)[i]), tensors);
      if (!added) {
        return added;
      }
    }
    return {};
  }
  if (value.kind == onnx::Value::Kind::None) {
    return {};
  }
  const std::optional<StoredType> type = storedOf(value.array.type);
  if (!type) {
    return fail(ErrorKind::Unsupported, fmt::format("output {} is {}, which safetensors files do not hold",
                                                    quoteName(name), nameOf(value.array.type)));
  }
  tensors.push_back({name, *type, value.array.dims, {value.array.data, static_cast<size_t>(value.array.bytes())}});
  return {};
}

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

void showRun(const std::string &path, const onnx::Model &model, const std::vector<TensorView> &tensors, double load,
             double run, const RunArguments &arguments) {
  if (arguments.json) {
    nlohmann::ordered_json outputs = nlohmann::ordered_json::array();
    for (const TensorView &tensor : tensors) {
      outputs.push_back({{"name", tensor.name}, {"type", nameOf(tensor.type)}, {"shape", tensor.shape}});
    }
    printJson(nlohmann::ordered_json{{"model", path},
                                     {"opset", model.opset},
                                     {"load_s", load},
                                     {"first_run_s", run},
                                     {"outputs", std::move(outputs)}});
    return;
  }
  Table table({{"output"}, {"type"}, {"shape"}});
  for (const TensorView &tensor : tensors) {
    table.add({visibleText(tensor.name), std::string(nameOf(tensor.type)), renderShape(tensor.shape)});
  }
  printText(table.render());
  say("{}: loaded in {:.3f} s, first run {:.4f} s; wrote {}\n", path, load, run, arguments.outputs);
}

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

void showJson(const std::string &path, const onnx::Model &model, const OnnxFacts &facts, const std::string &obstacle) {
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
                                {"runs", obstacle.empty()}};
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

int runOnnx(const std::string &path, const RunArguments &arguments) {
  const Result<void> plain = refuseOthers(arguments);
  const Result<void> prepared = plain ? preparePlaces(path, arguments) : plain;
  if (!prepared) {
    return report(prepared.error());
  }
  const Stopwatch loading;
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  if (!file) {
    return report(file.error());
  }
  for (const auto &data : file->files) { // those beside it are known only now
    if (const Result<void> apart = refuseReplacing(arguments.outputs, data->name(), "the weights'"); !apart) {
      return report(apart.error());
    }
  }
  const Result<SafeTensors> batch = SafeTensors::open(arguments.inputs);
  if (!batch) {
    return report(batch.error());
  }
  const auto memory = std::make_shared<onnx::Memory>(INT64_MAX);
  Result<std::vector<onnx::Value>> inputs = readInputs(file->model, *batch, *memory, arguments.inputs);
  if (!inputs) {
    return report(inputs.error());
  }
  Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(file->model, path);
  if (!evaluator) {
    return report(evaluator.error());
  }
  const double load = loading.seconds();
  const Stopwatch running;
  const Result<std::vector<onnx::Value>> outputs = [&] {
    const Progress progress("running");
    return evaluator->run(std::move(*inputs), arguments.threads > 0 ? arguments.threads : usableCores());
  }();
  if (!outputs) {
    return report(outputs.error());
  }
  const double run = running.seconds();
  std::vector<TensorView> tensors;
  for (size_t i = 0; i < outputs->size(); ++i) {
    if (const Result<void> added = addOutput(file->model.graph.outputs[i].name, (*outputs)[i], tensors); !added) {
      return report({added.error().kind, added.error().message, path});
    }
  }
  if (const Result<void> written = writeSafeTensors(arguments.outputs, tensors); !written) {
    return report(written.error());
  }
  showRun(path, file->model, tensors, load, run, arguments);
  return kDone;
}

int showOnnx(const std::string &path, bool json) {
  const Result<onnx::OnnxFile> file = onnx::openOnnx(path);
  if (!file) {
    return report(file.error());
  }
  const Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(file->model, path);
  const std::string obstacle = evaluator ? "" : evaluator.error().message;
  const OnnxFacts facts = factsOf(file->model);
  if (json) {
    showJson(path, file->model, facts, obstacle);
  } else {
    showTable(path, file->model, facts);
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
  return evaluator ? std::vector<Error>() : std::vector<Error>{evaluator.error()};
}

} // namespace clew
