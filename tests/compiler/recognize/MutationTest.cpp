// A graph that was changed in one place is recognised as what it then is, or declined. Each change is judged by the evaluator: where both run,
// they must agree at tokens, on rows of several lengths.
#include "tests/compiler/recognize/SmallModels.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>

using namespace clew;

namespace {

/// One change of a model: false where there is nothing to change.
using Change = std::function<bool(onnx::Model &model, std::mt19937 &chance)>;

onnx::Node &someNode(onnx::Model &model, std::mt19937 &chance) {
  return model.graph.nodes[chance() % model.graph.nodes.size()];
}

bool swapOperands(onnx::Model &model, std::mt19937 &chance) {
  onnx::Node &node = someNode(model, chance);
  if (node.inputs.size() < 2 || node.inputs[0] == node.inputs[1]) {
    return false;
  }
  std::swap(node.inputs[0], node.inputs[1]);
  return true;
}

/// Another op with as many operands.
bool changeOp(onnx::Model &model, std::mt19937 &chance) {
  static const std::vector<std::vector<std::string>> families{
      {"Add", "Sub", "Mul", "Div"},
      {"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"},
      {"And", "Or", "Xor"},
      {"ReduceMean", "ReduceMax", "ReduceMin"},
      {"Tanh", "Sigmoid", "Relu", "Erf"},
      {"Max", "Min"}};
  onnx::Node &node = someNode(model, chance);
  for (const std::vector<std::string> &family : families) {
    if (std::ranges::find(family, node.type) != family.end()) {
      const std::string before = node.type;
      node.type = family[chance() % family.size()];
      return node.type != before;
    }
  }
  return false;
}

bool changeAttribute(onnx::Model &model, std::mt19937 &chance) {
  onnx::Node &node = someNode(model, chance);
  if (node.attributes.empty()) {
    return false;
  }
  onnx::Attribute &attribute = node.attributes[chance() % node.attributes.size()];
  if (auto *number = std::get_if<int64_t>(&attribute.value)) {
    *number = static_cast<int64_t>(chance() % 5) - 2;
    return true;
  }
  if (auto *real = std::get_if<float>(&attribute.value)) {
    *real = *real * 3 + 0.01F;
    return true;
  }
  if (auto *list = std::get_if<std::vector<int64_t>>(&attribute.value); list && list->size() > 1) {
    std::swap((*list)[chance() % list->size()], (*list)[chance() % list->size()]);
    return true;
  }
  if (auto *text = std::get_if<std::string>(&attribute.value)) {
    *text = *text == "forward" ? "reverse" : "forward";
    return attribute.name == "direction";
  }
  return false;
}

/// A number of a constant: shapes, axes, scales and what masks are compared with.
bool changeConstant(onnx::Model &model, std::mt19937 &chance) {
  onnx::Tensor &tensor = model.graph.initializers[chance() % model.graph.initializers.size()];
  if (tensor.raw.size() > 64 || tensor.raw.empty()) {
    return false;
  }
  if (tensor.type == onnx::DataType::Int64) {
    const size_t at = chance() % (tensor.raw.size() / 8) * 8;
    int64_t value = 0;
    std::memcpy(&value, tensor.raw.data() + at, 8);
    value += static_cast<int64_t>(chance() % 5) - 2;
    std::memcpy(tensor.raw.data() + at, &value, 8);
    return true;
  }
  if (tensor.type == onnx::DataType::Float) {
    float value = 0;
    std::memcpy(&value, tensor.raw.data(), 4);
    value = chance() % 2 == 0 ? -value : value * 1.25F + 0.125F;
    std::memcpy(tensor.raw.data(), &value, 4);
    return true;
  }
  return false;
}

/// A node reads another value that was made before it.
bool changeInput(onnx::Model &model, std::mt19937 &chance) {
  const size_t at = chance() % model.graph.nodes.size();
  onnx::Node &node = model.graph.nodes[at];
  if (at == 0 || node.inputs.empty()) {
    return false;
  }
  const onnx::Node &other = model.graph.nodes[at - 1 - chance() % std::min<size_t>(at, 12)];
  node.inputs[chance() % node.inputs.size()] = other.outputs[0];
  return true;
}

struct Counts {
  int tried = 0;    ///< changes of which the evaluator made numbers
  int same = 0;     ///< recognised, and equal
  int felt = 0;     ///< of those: with other numbers than before the change
  int declined = 0; ///< not recognised, or refused for this batch
};

/// The nodes that are not as they were.
std::string changedNodes(const onnx::Model &before, const onnx::Model &after) {
  std::string text;
  for (size_t i = 0; i < before.graph.nodes.size(); ++i) {
    const onnx::Node &node = after.graph.nodes[i];
    if (node.inputs != before.graph.nodes[i].inputs || node.type != before.graph.nodes[i].type) {
      text += fmt::format("; {} of {} -> {} of {}", before.graph.nodes[i].type,
                          fmt::join(before.graph.nodes[i].inputs, ", "), node.type, fmt::join(node.inputs, ", "));
    }
  }
  return text;
}

void checkMutations(const std::string &architecture, int changes, Counts &counts) {
  static const std::pair<const char *, Change> all[] = {{"swapped operands", swapOperands},
                                                        {"another op", changeOp},
                                                        {"an attribute", changeAttribute},
                                                        {"a constant", changeConstant},
                                                        {"another input", changeInput}};
  const ScratchFolder scratch;
  const Result<onnx::Model> exported = exportedWithWeights(*smallModel(architecture, "", scratch), 4);
  REQUIRE(exported);
  for (int number = 0; number < changes; ++number) {
    std::mt19937 chance(static_cast<uint32_t>(number));
    const auto &[what, change] = all[chance() % std::size(all)];
    onnx::Model model = *exported;
    int tries = 0;
    while (!change(model, chance) && ++tries < 200) {
    }
    const std::vector<int64_t> lengths{4, 1, 6};
    const auto inputs = paddedInputs(model, lengths, 6, chance);
    const Outputs theirs = runByOp(model, inputs);
    if (!theirs) {
      continue; // it is no graph any more
    }
    ++counts.tried;
    const Outputs before = runByOp(*exported, inputs);
    REQUIRE(before);
    const bool felt = std::ranges::any_of(*theirs, [&](const auto &output) {
      return differenceAtTokens(output.second, before->at(output.first), lengths) > 1e-3;
    });
    const Outputs ours = runRecognized(model, inputs, scratch);
    if (!ours) {
      ++counts.declined;
      continue;
    }
    ++counts.same;
    counts.felt += felt ? 1 : 0;
    for (const auto &[name, value] : *theirs) {
      const double apart = ours->contains(name) ? differenceAtTokens(ours->at(name), value, lengths) : 1;
      CHECK_MESSAGE(apart < 1e-4, fmt::format("{}, change {} ({}), output {}: {}, {} and {}{}", architecture, number,
                                              what, name, apart, onnx::render(ours->at(name).array),
                                              onnx::render(value.array), changedNodes(*exported, model)));
    }
  }
}

} // namespace

TEST_CASE("a changed graph is never another number") {
  Counts counts;
  for (const char *architecture : {"bert", "gpt2", "albert", "bilstm", "bigru", "roberta"}) {
    checkMutations(architecture, 400, counts);
  }
  MESSAGE(counts.tried, " changed graphs: ", counts.same, " recognised and equal, ", counts.felt, " of them changed, ",
          counts.declined, " declined");
  CHECK(counts.felt >= 40);
  CHECK(counts.declined >= 100);
}
