// Rules of ops that compute shapes: integers that are polynomials in the batch's sizes.
#include "compiler/recognize/Reading.h"

namespace clew::compiler {
namespace {

using onnx::DataType;

void shape(NodeReading &node) {
  const bool known =
      !std::holds_alternative<Declined>(node.in(0)) && !node.as<Places>(0) && !node.as<Total>(0) && !node.as<IsNan>(0);
  if (!known) {
    return node.decline("the shape of what it reads is not known");
  }
  const std::vector<Size> sizes = node.sizes(0);
  const auto rank = static_cast<int64_t>(sizes.size());
  const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t begin = clamp(node.attribute("start", int64_t{0}));
  const int64_t end = std::max(begin, clamp(node.attribute("end", rank)));
  node.give(Numbers{{sizes.begin() + begin, sizes.begin() + end}});
}

std::optional<Size> applied(const std::string &op, const Size &a, const Size &b) {
  if (op == "Add" || op == "Sub" || op == "Mul") {
    return op == "Add" ? a + b : op == "Sub" ? a - b : a * b;
  }
  if (op == "Div") {
    return a.over(b);
  }
  const std::optional<int64_t> least = (a - b).least();
  const std::optional<int64_t> most = (b - a).least(); // of b - a at least: of a - b at most its negative
  const bool same = a == b;
  const bool more = least && *least > 0;
  const bool less = most && *most > 0;
  if (!same && !more && !less) {
    return std::nullopt;
  }
  if (op == "Max" || op == "Min") {
    return (op == "Max") == (same || more) ? a : b;
  }
  const bool yes = op == "Equal"            ? same
                   : op == "Less"           ? less
                   : op == "Greater"        ? more
                   : op == "LessOrEqual"    ? less || same
                   : op == "GreaterOrEqual" ? more || same
                                            : false;
  const bool compares =
      op == "Equal" || op == "Less" || op == "Greater" || op == "LessOrEqual" || op == "GreaterOrEqual";
  return compares ? std::optional<Size>(yes ? 1 : 0) : std::nullopt;
}

/// Of a list's element, or the only one.
const Size &at(const Numbers &numbers, size_t index) { return numbers.values[numbers.values.size() == 1 ? 0 : index]; }

void constantOfShape(NodeReading &node) {
  const std::optional<Numbers> shape = node.numbers(0);
  if (!shape || shape->scalar) {
    return node.decline("its shape is not known");
  }
  double value = 0;
  DataType type = DataType::Float;
  for (const onnx::Attribute &attribute : node.node.attributes) {
    const auto *tensor = std::get_if<std::shared_ptr<onnx::Tensor>>(&attribute.value);
    if (attribute.name == "value" && tensor && *tensor) {
      const std::optional<double> known = numberIn(**tensor);
      if (!known) {
        return node.decline("its value is not read");
      }
      value = *known;
      type = (*tensor)->type;
    }
  }
  const std::optional<int64_t> ones = shape->values.size() == 1 ? shape->values[0].number() : std::nullopt;
  if (type == DataType::Int64 && ones && *ones <= 64) {
    return node.give(Numbers{std::vector<Size>(static_cast<size_t>(*ones), Size(static_cast<int64_t>(value)))});
  }
  Symbol symbol{{}, numberTerm(value), type};
  for (const Size &size : shape->values) {
    symbol.axes.push_back(size.isOne() ? std::vector<Iterator>() : std::vector<Iterator>{{node.graph.fresh(), size}});
  }
  node.give(symbol);
}

void range(NodeReading &node) {
  const std::optional<Numbers> from = node.numbers(0);
  const std::optional<Numbers> to = node.numbers(1);
  const std::optional<Numbers> by = node.numbers(2);
  const bool single = from && to && by && from->values.size() == 1 && to->values.size() == 1 && by->values.size() == 1;
  if (!single || !(by->values[0] == Size(1)) || !(from->values[0] == Size(0))) {
    return node.decline("it does not count from 0 by 1 to a size");
  }
  const int id = node.graph.fresh();
  node.give(Symbol{{{{id, to->values[0]}}}, indexTerm(id)});
}

} // namespace

bool joinNumbers(NodeReading &node) {
  Numbers all;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    const std::optional<Numbers> part = node.numbers(i);
    if (!part || part->scalar) {
      return false;
    }
    all.values.insert(all.values.end(), part->values.begin(), part->values.end());
  }
  node.give(all);
  return true;
}

bool applyNumbers(NodeReading &node) {
  std::vector<Numbers> x;
  size_t length = 1;
  bool scalar = true;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    std::optional<Numbers> known = node.numbers(i);
    if (!known || known->values.empty()) {
      return false;
    }
    length = std::max(length, known->values.size());
    scalar = scalar && known->scalar;
    x.push_back(std::move(*known));
  }
  Numbers out;
  out.scalar = scalar;
  for (size_t i = 0; i < length; ++i) {
    for (const Numbers &one : x) {
      if (one.values.size() != 1 && one.values.size() != length) {
        return false;
      }
    }
    std::optional<Size> value;
    if (node.node.type == "Cast") {
      const auto to = static_cast<DataType>(node.attribute("to", int64_t{0}));
      value = to == DataType::Int64 || to == DataType::Int32 ? std::optional(at(x[0], i)) : std::nullopt;
    } else if (node.node.type == "Where") {
      const std::optional<int64_t> chosen = at(x[0], i).number();
      value = chosen ? std::optional(at(x[*chosen != 0 ? 1 : 2], i)) : std::nullopt;
    } else if (x.size() == 2) {
      value = applied(node.node.type, at(x[0], i), at(x[1], i));
    }
    if (!value) {
      return false;
    }
    out.values.push_back(*value);
  }
  node.give(out);
  return true;
}

void addShapeRules(Rules &rules) {
  rules["Shape"] = shape;
  rules["ConstantOfShape"] = constantOfShape;
  rules["Range"] = range;
}

} // namespace clew::compiler
