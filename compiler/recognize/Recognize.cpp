// See Recognize.h: the order of things. Nodes are read from the first to the last; rules say what each comes to.
#include "compiler/recognize/Recognize.h"

#include "compiler/recognize/Reading.h"
#include "runtime/program/CheckpointLayout.h"

#include <filesystem>
#include <fmt/format.h>
#include <set>

using namespace mlir;

namespace clew::compiler {
namespace {

/// "bert/base", where a file says so, else the file's own name.
std::string nameOf(const onnx::Model &model, const std::string &path) {
  for (const auto &[key, value] : model.metadata) {
    if (key == "clew.model" && !value.empty()) {
      return value;
    }
  }
  return std::filesystem::path(path).stem().string();
}

/// What batches call an input.
std::string packedNameOf(const std::string &name) {
  return name == "input_ids" ? "ids" : name == "token_type_ids" ? "segments" : name;
}

bool isMask(const onnx::ValueInfo &input) { return input.name.find("mask") != std::string::npos; }

class Recognizer {
public:
  Recognizer(const onnx::Model &model, const std::string &path, MLIRContext &context)
      : model(model), nn(nameOf(model, path), path, context), reading(model, nn) {}

  /// Why it is no graph of nn; empty if it is.
  std::string run(RecognizedGraph &out) {
    std::string why = readInputs(out.form);
    if (!why.empty()) {
      return why;
    }
    for (const onnx::Tensor &tensor : model.graph.initializers) {
      reading.values[tensor.name] = Constant{&tensor, tensor.name};
    }
    for (const onnx::Node &node : model.graph.nodes) {
      readNode(node);
    }
    std::vector<NamedValue> outputs;
    why = readOutputs(out.form, outputs);
    if (!why.empty()) {
      return why;
    }
    out.module = nn.finish(outputs);
    out.recipes = std::move(nn.recipes);
    out.form.wholeOnly = reading.whole;
    out.form.mostPlaces = reading.mostPlaces;
    for (const auto &[input, number] : reading.never) {
      out.form.inputs[static_cast<size_t>(input)].never.push_back(number);
    }
    return !out.module ? "the graph of nn does not hold together" : nameInputs(out);
  }

private:
  /// All inputs are whole numbers [batch, places], with names for both extents.
  std::string readInputs(onnx::PaddedForm &form) {
    std::set<std::string> initial;
    for (const onnx::Tensor &tensor : model.graph.initializers) {
      initial.insert(tensor.name);
    }
    for (const onnx::Function &function : model.functions) {
      if (function.domain.empty() || function.domain == "ai.onnx") {
        return fmt::format("it defines {} itself", quoted(function.name));
      }
    }
    int masks = 0;
    for (const onnx::ValueInfo &input : model.graph.inputs) {
      const bool whole = input.type == onnx::DataType::Int64 || input.type == onnx::DataType::Int32 ||
                         (input.type == onnx::DataType::Bool && isMask(input));
      const bool open = input.kind == onnx::ValueInfo::Kind::Tensor && input.ranked && input.shape.size() == 2 &&
                        std::holds_alternative<std::string>(input.shape[0]) &&
                        std::holds_alternative<std::string>(input.shape[1]);
      if (!whole || !open || initial.contains(input.name)) {
        return fmt::format("input {}: expected whole numbers [batch, sequence] of open extents", quoted(input.name));
      }
      const auto number = static_cast<int>(form.inputs.size());
      if (isMask(input)) {
        ++masks;
        reading.mask = number;
      } else {
        reading.idInputs[number] = packedNameOf(input.name);
      }
      form.inputs.push_back({input.name, ""});
      const int row = reading.fresh();
      const int place = reading.fresh();
      reading.values[input.name] = Symbol{{{{row, Size::batch()}}, {{place, Size::tokens()}}},
                                          inputTerm(number, indexTerm(row), indexTerm(place)),
                                          input.type};
    }
    form.mask = reading.mask;
    return form.inputs.empty() ? "it has no inputs" : masks > 1 ? "it has several masks" : "";
  }

  void readNode(const onnx::Node &node) {
    NodeReading reader(reading, node);
    if (node.type == "Constant" && node.domain.empty()) {
      readConstant(reader);
    } else {
      const Rule rule =
          node.domain.empty() || node.domain == "ai.onnx" ? recognitionRules().lookup(node.type) : nullptr;
      if (rule) {
        rule(reader);
      } else {
        reader.decline("no rule takes it to an op of nn");
      }
    }
    // What comes of what was not understood says why that was, even where the rule did without it.
    std::string why = reader.reason;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto *declined = reader.as<Declined>(i);
      if (declined && !declined->reason.empty()) {
        why = declined->reason;
        break;
      }
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (auto *declined = std::get_if<Declined>(&reader.results[i])) {
        declined->reason =
            why.empty() ? fmt::format("{} ({}) gives more than is known", quoted(node.name), node.type) : why;
      }
      if (!why.empty()) {
        reader.results[i] = Declined{why};
      }
      reading.values[node.outputs[i]] = std::move(reader.results[i]);
    }
  }

  void readConstant(NodeReading &reader) {
    for (const onnx::Attribute &attribute : reader.node.attributes) {
      if (const auto *tensor = std::get_if<std::shared_ptr<onnx::Tensor>>(&attribute.value); tensor && *tensor) {
        return reader.give(Constant{tensor->get(), reader.node.outputs[0]});
      }
      if (const auto *number = std::get_if<int64_t>(&attribute.value)) {
        return reader.give(Numbers{{Size(*number)}, true});
      }
      if (const auto *list = std::get_if<std::vector<int64_t>>(&attribute.value)) {
        return reader.give(Numbers{{list->begin(), list->end()}});
      }
      if (const auto *real = std::get_if<float>(&attribute.value)) {
        return reader.give(Symbol{{}, numberTerm(static_cast<double>(*real)), onnx::DataType::Float});
      }
    }
    reader.decline("it holds what is not read");
  }

  std::string readOutputs(onnx::PaddedForm &form, std::vector<NamedValue> &outputs) {
    for (const onnx::ValueInfo &output : model.graph.outputs) {
      const onnx::Node end{.name = output.name, .type = "output", .inputs = {output.name}, .outputs = {}};
      NodeReading reader(reading, end);
      if (const auto *declined = reader.as<Declined>(0)) {
        return declined->reason;
      }
      const auto *rows = reader.as<Rows>(0);
      if (!rows || output.type != onnx::DataType::Float) {
        return fmt::format("output {} is no rows of tokens or sequences", quoted(output.name));
      }
      auto value = reader.made(*rows);
      if (failed(value) || !nn::levelOf(*value)) {
        return reader.reason.empty() ? fmt::format("output {} does not depend on the batch", quoted(output.name))
                                     : reader.reason;
      }
      onnx::PaddedOutput out{output.name, {}};
      const bool tokens = !nn::isRoot(nn::levelOf(*value));
      if (!holds(rows->axes, Atom::Kind::Batch) || holds(rows->axes, Atom::Kind::Token) != tokens) {
        return fmt::format("output {} is the same for all sequences", quoted(output.name));
      }
      for (const Axis &axis : rows->axes) {
        std::vector<onnx::PaddedAtom> &atoms = out.axes.emplace_back();
        for (const Atom &atom : axis) {
          atoms.push_back({atom.kind == Atom::Kind::Batch   ? onnx::PaddedAtom::Kind::Batch
                           : atom.kind == Atom::Kind::Token ? onnx::PaddedAtom::Kind::Token
                                                            : onnx::PaddedAtom::Kind::Column,
                           atom.size, atom.stride});
        }
      }
      form.outputs.push_back(std::move(out));
      outputs.push_back({output.name, *value});
    }
    return "";
  }

  /// Which inputs the graph reads, and that the file's tensors make its parameters.
  std::string nameInputs(RecognizedGraph &out) {
    auto function = out.module->lookupSymbol<func::FuncOp>("main");
    for (BlockArgument argument : function.getArguments()) {
      const auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), nn::inputName);
      for (const auto &[number, packed] : reading.idInputs) {
        if (name.getValue() == packed) {
          out.form.inputs[static_cast<size_t>(number)].packed = packed;
        }
      }
    }
    std::vector<Parameter> parameters;
    CheckpointNames names;
    for (auto parameter : out.module->getOps<nn::ParameterOp>()) {
      const ArrayRef<int64_t> shape = cast<ShapedType>(parameter.getType()).getShape();
      parameters.push_back({parameter.getSymName().str(), {shape.begin(), shape.end()}, Init::Normal});
      names.tensors.push_back(out.recipes.at(parameters.back().name));
      const std::vector<std::string> tensors = names.tensors.back().tensors();
      names.form.ignore.insert(names.form.ignore.end(), tensors.begin(), tensors.end());
    }
    const Result<CheckpointLayout> layout = layOutCheckpoint(parameters, names);
    return layout ? "" : layout.error().message;
  }

  const onnx::Model &model;
  NNWriter nn;
  Reading reading;
};

} // namespace

Result<RecognizedGraph> recognizeOnnx(const onnx::Model &model, const std::string &path, MLIRContext &context) {
  context.loadDialect<nn::NNDialect, func::FuncDialect>();
  // Ops that do not fit are declined by the rule that tried them.
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  RecognizedGraph graph;
  const std::string why = Recognizer(model, path, context).run(graph);
  if (!why.empty()) {
    return fail(ErrorKind::Unsupported, why, path);
  }
  return graph;
}

} // namespace clew::compiler
