// See Reading.h.
#include "compiler/recognize/Reading.h"

#include "runtime/base/VisibleText.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {

std::string quoted(const std::string &name) { return fmt::format("\"{}\"", visibleText(name)); }

bool fitsInside(ArrayRef<Size> inner, ArrayRef<Size> outer) {
  if (inner.size() > outer.size()) {
    return false;
  }
  for (size_t back = 1; back <= inner.size(); ++back) {
    const Size &size = inner[inner.size() - back];
    if (!size.isOne() && !(size == outer[outer.size() - back])) {
      return false;
    }
  }
  return true;
}

Symbol Reading::renamed(const Symbol &symbol) {
  Symbol copy = symbol;
  std::map<int, TermPtr> names;
  for (std::vector<Iterator> &axis : copy.axes) {
    for (Iterator &iterator : axis) {
      const int id = fresh();
      names[iterator.id] = indexTerm(id);
      iterator.id = id;
    }
  }
  copy.term = substitute(symbol.term, names);
  return copy;
}

World Reading::worldAt(std::optional<int> batch, std::optional<int> token) {
  World world;
  world.mask = mask;
  world.batch = batch;
  if (token) {
    world.real[*token] = true;
  }
  world.never = &never;
  return world;
}

void NodeReading::decline(const std::string &why) {
  if (reason.empty()) {
    reason =
        fmt::format("{} ({}): {}", quoted(node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name),
                    node.type, why);
  }
}

void NodeReading::give(size_t output, Meaning meaning) {
  if (output < results.size()) {
    results[output] = std::move(meaning);
  }
}

void NodeReading::giveRows(FailureOr<Value> value, Axes axes) {
  if (failed(value)) {
    decline("nn has no such op");
    return;
  }
  give(Rows{*value, std::move(axes)});
}

const Meaning &NodeReading::in(size_t input) const {
  static const Meaning none = Declined{"it is left out"};
  const auto found = has(input) ? graph.values.find(node.inputs[input]) : graph.values.end();
  return found == graph.values.end() ? none : found->second;
}

std::vector<Size> NodeReading::sizes(size_t input) const {
  std::vector<Size> sizes;
  if (const auto *constant = as<Constant>(input)) {
    return {constant->tensor->dims.begin(), constant->tensor->dims.end()};
  }
  if (const auto *weight = as<Weight>(input)) {
    return {weight->dims.begin(), weight->dims.end()};
  }
  if (const auto *symbol = as<Symbol>(input)) {
    for (const std::vector<Iterator> &axis : symbol->axes) {
      sizes.push_back(sizeOfAxis(axis));
    }
    return sizes;
  }
  if (const auto *numbers = as<Numbers>(input)) {
    return numbers->scalar ? sizes : std::vector<Size>{static_cast<int64_t>(numbers->values.size())};
  }
  if (const auto *rows = as<Rows>(input)) {
    return sizesOf(rows->axes);
  }
  if (const auto *scores = as<Scores>(input)) {
    return sizesOf(scores->axes);
  }
  if (const auto *norm = as<Norm>(input)) {
    sizes = sizesOf(norm->x.axes);
    const bool whole = norm->step == Norm::Step::Centred || norm->step == Norm::Step::Square ||
                       norm->step == Norm::Step::Normal || norm->step == Norm::Step::Scaled;
    sizes.back() = whole ? sizes.back() : Size(1);
    return sizes;
  }
  return sizes;
}

static const onnx::Attribute *find(const onnx::Node &node, std::string_view name) {
  for (const onnx::Attribute &attribute : node.attributes) {
    if (attribute.name == name) {
      return &attribute;
    }
  }
  return nullptr;
}

template <typename T> static const T *valueOf(const onnx::Node &node, std::string_view name) {
  const onnx::Attribute *found = find(node, name);
  return found ? std::get_if<T>(&found->value) : nullptr;
}

bool NodeReading::hasAttribute(std::string_view name) const { return find(node, name); }

int64_t NodeReading::attribute(std::string_view name, int64_t otherwise) const {
  const auto *value = valueOf<int64_t>(node, name);
  return value ? *value : otherwise;
}

double NodeReading::attribute(std::string_view name, double otherwise) const {
  const auto *value = valueOf<float>(node, name);
  return value ? static_cast<double>(*value) : otherwise;
}

std::string NodeReading::attribute(std::string_view name, const char *otherwise) const {
  const auto *value = valueOf<std::string>(node, name);
  return value ? *value : otherwise;
}

const std::vector<int64_t> *NodeReading::list(std::string_view name) const {
  return valueOf<std::vector<int64_t>>(node, name);
}

int64_t NodeReading::axis(int64_t given, size_t rank) const {
  const auto axes = static_cast<int64_t>(rank);
  const int64_t front = given < 0 ? given + axes : given;
  return front < 0 || front >= axes ? -1 : front;
}

std::optional<std::vector<int64_t>> NodeReading::axes(size_t input, size_t rank) const {
  std::vector<int64_t> found;
  if (const std::vector<int64_t> *attribute = list("axes")) {
    found = *attribute;
  } else if (has(input)) {
    const std::optional<Numbers> given = numbers(input);
    for (const Size &value : given ? given->values : std::vector<Size>()) {
      found.push_back(value.number().value_or(INT64_MAX));
    }
  }
  for (int64_t &one : found) {
    one = axis(one, rank);
    if (one < 0) {
      return std::nullopt;
    }
  }
  return found.empty() ? std::nullopt : std::optional(found);
}

FailureOr<Value> NodeReading::made(const Rows &rows) { return made(rows.value, rows.formula); }

/// Where the whole is no activation, its last op is one of nn over what it reads.
FailureOr<Value> NodeReading::made(Value x, const FormulaPtr &formula) {
  if (const std::optional<Activation> activation = activationOf(formula)) {
    return activation->op.empty()      ? FailureOr<Value>(x)
           : activation->op == "scale" ? nn.scaled(x, activation->factor)
                                       : nn.activation(activation->op, x);
  }
  const auto number = [](const FormulaPtr &part) { return part && part->op.empty(); };
  if (formula->arguments.size() == 2) {
    const FormulaPtr &a = formula->arguments[0];
    const FormulaPtr &b = formula->arguments[1];
    if (formula->op == "Mul" && (number(a) || number(b))) {
      auto inner = made(x, number(a) ? b : a);
      return failed(inner) ? inner : nn.scaled(*inner, number(a) ? a->number : b->number);
    }
    if (formula->op == "Div" && number(b)) {
      auto inner = made(x, a);
      return failed(inner) ? inner : nn.scaled(*inner, 1 / b->number);
    }
    if (!number(a) && !number(b) && (formula->op == "Add" || formula->op == "Sub" || formula->op == "Mul")) {
      auto first = made(x, a);
      auto second = failed(first) ? first : made(x, b);
      if (failed(second)) {
        return failure();
      }
      return formula->op == "Add"   ? nn.build<nn::AddOp>({*first, *second})
             : formula->op == "Sub" ? nn.build<nn::SubtractOp>({*first, *second})
                                    : nn.build<nn::MultiplyOp>({*first, *second});
    }
  }
  if (formula->arguments.size() == 1) { // tanh of something else
    const std::optional<FormulaPtr> outer = formulaOf(formula->op, {nullptr});
    const std::optional<Activation> last = outer ? activationOf(*outer) : std::nullopt;
    if (last && !last->op.empty() && last->op != "scale" && formula->arguments[0]) {
      auto inner = made(x, formula->arguments[0]);
      return failed(inner) ? inner : nn.activation(last->op, *inner);
    }
  }
  decline("what it reads is no activation of nn");
  return failure();
}

const Rules &recognitionRules() {
  static const Rules rules = [] {
    Rules all;
    addShapeRules(all);
    addSymbolRules(all);
    addMoveRules(all);
    addIndexRules(all);
    addElementRules(all);
    addProductRules(all);
    addNormRules(all);
    addReduceRules(all);
    addAttentionRules(all);
    addCellRules(all);
    return all;
  }();
  return rules;
}

} // namespace clew::compiler
