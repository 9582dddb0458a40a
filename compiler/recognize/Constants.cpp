// Constants of a file as what rules ask for: lists of integers, one number, parameters, or a term over their places: graphs hold tables of
// positions and causal masks as tensors of numbers.
#include "compiler/recognize/Reading.h"

#include <cmath>
#include <cstring>
#include <numeric>

namespace clew::compiler {
namespace {

using onnx::DataType;

/// More elements than any table of places has; those of weights are not looked at one by one.
constexpr int64_t mostLookedAt = int64_t{1} << 24;

int64_t countOf(const onnx::Tensor &tensor) {
  return std::accumulate(tensor.dims.begin(), tensor.dims.end(), int64_t{1}, std::multiplies<>());
}

template <typename T> double elementAt(const onnx::Tensor &tensor, int64_t index) {
  T value;
  std::memcpy(&value, tensor.bytes().data() + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return static_cast<double>(value);
}

using Reader = double (*)(const onnx::Tensor &tensor, int64_t index);

Reader readerOf(DataType type) {
  return type == DataType::Float    ? elementAt<float>
         : type == DataType::Double ? elementAt<double>
         : type == DataType::Int64  ? elementAt<int64_t>
         : type == DataType::Int32  ? elementAt<int32_t>
         : type == DataType::Bool   ? elementAt<uint8_t>
                                    : Reader();
}

bool isWhole(DataType type) { return type == DataType::Int64 || type == DataType::Int32; }

/// What an element is by its place along `axis` and, for a triangle, the one before.
struct Pattern {
  enum class Kind : uint8_t { Uniform, Counting, Triangle } kind = Kind::Uniform;
  size_t axis = 0;
  double first = 0;
};

template <typename Holds> bool allAre(const onnx::Tensor &tensor, Holds holds) {
  const int64_t count = countOf(tensor);
  for (int64_t i = 0; i < count; ++i) {
    if (!holds(i)) {
      return false;
    }
  }
  return true;
}

std::optional<Pattern> patternOf(const onnx::Tensor &tensor) {
  const Reader read = readerOf(tensor.type);
  const int64_t count = countOf(tensor);
  const bool whole = static_cast<int64_t>(tensor.bytes().size()) >= count * onnx::bytesOf(tensor.type);
  if (!read || !whole || count == 0 || count > mostLookedAt) {
    return std::nullopt;
  }
  const double first = read(tensor, 0);
  if (std::isnan(first) && allAre(tensor, [&](int64_t i) { return std::isnan(read(tensor, i)); })) {
    return Pattern{Pattern::Kind::Uniform, 0, first};
  }
  if (allAre(tensor, [&](int64_t i) { return read(tensor, i) == first; })) {
    return Pattern{Pattern::Kind::Uniform, 0, first};
  }
  for (size_t axis = 0; axis < tensor.dims.size() && isWhole(tensor.type); ++axis) {
    const int64_t inner =
        std::accumulate(tensor.dims.begin() + axis + 1, tensor.dims.end(), int64_t{1}, std::multiplies<>());
    const int64_t extent = tensor.dims[axis];
    if (allAre(tensor, [&](int64_t i) { return read(tensor, i) == first + static_cast<double>(i / inner % extent); })) {
      return Pattern{Pattern::Kind::Counting, axis, first};
    }
  }
  const size_t rank = tensor.dims.size();
  if (rank >= 2 && tensor.dims[rank - 1] == tensor.dims[rank - 2] && tensor.type == DataType::Bool) {
    const int64_t n = tensor.dims[rank - 1];
    if (allAre(tensor, [&](int64_t i) { return read(tensor, i) == (i % n <= i / n % n ? 1 : 0); })) {
      return Pattern{Pattern::Kind::Triangle, rank - 1, 0};
    }
  }
  return std::nullopt;
}

std::optional<Symbol> symbolOf(const onnx::Tensor &tensor, Reading &graph) {
  const std::optional<Pattern> pattern = patternOf(tensor);
  if (!pattern) {
    return std::nullopt;
  }
  Symbol symbol{{}, nullptr, tensor.type};
  for (const int64_t extent : tensor.dims) {
    symbol.axes.push_back(extent == 1 ? std::vector<Iterator>() : std::vector<Iterator>{{graph.fresh(), extent}});
  }
  const auto at = [&](size_t axis) { return indexTerm(symbol.axes[axis].front().id); };
  switch (pattern->kind) {
  case Pattern::Kind::Uniform:
    symbol.term = numberTerm(pattern->first);
    break;
  case Pattern::Kind::Counting:
    symbol.term = applyTerm("Add", tensor.type, {at(pattern->axis), numberTerm(pattern->first)});
    break;
  case Pattern::Kind::Triangle:
    symbol.term = applyTerm("LessOrEqual", DataType::Int64, {at(pattern->axis), at(pattern->axis - 1)});
    break;
  }
  return symbol;
}

} // namespace

std::optional<double> numberIn(const onnx::Tensor &tensor) {
  const std::optional<Pattern> pattern = patternOf(tensor);
  return pattern && pattern->kind == Pattern::Kind::Uniform ? std::optional(pattern->first) : std::nullopt;
}

std::optional<Numbers> NodeReading::numbers(size_t input) const {
  if (const auto *known = as<Numbers>(input)) {
    return *known;
  }
  const auto *constant = as<Constant>(input);
  constexpr int64_t most = 64; // as many as shapes have axes, and more
  if (!constant || constant->tensor->dims.size() > 1 || countOf(*constant->tensor) > most ||
      !isWhole(constant->tensor->type)) {
    return std::nullopt;
  }
  Numbers numbers;
  numbers.scalar = constant->tensor->dims.empty();
  for (int64_t i = 0; i < countOf(*constant->tensor); ++i) {
    int64_t value = 0; // not by way of a double: ends of slices are the largest there is
    if (constant->tensor->type == DataType::Int64) {
      std::memcpy(&value, constant->tensor->bytes().data() + i * 8, 8);
    } else {
      value = static_cast<int64_t>(readerOf(constant->tensor->type)(*constant->tensor, i));
    }
    numbers.values.emplace_back(value);
  }
  return numbers;
}

std::optional<double> NodeReading::number(size_t input) const {
  const std::optional<Symbol> known = symbol(input);
  const std::optional<Affine> value = known ? evaluate(*known->term, World{}) : std::nullopt;
  return value && value->isNumber() ? std::optional(value->number) : std::nullopt;
}

std::optional<Symbol> NodeReading::symbol(size_t input) const {
  if (const auto *known = as<Symbol>(input)) {
    return graph.renamed(*known);
  }
  if (const auto *numbers = as<Numbers>(input); numbers && numbers->values.size() == 1) {
    return Symbol{numbers->scalar ? std::vector<std::vector<Iterator>>() : std::vector<std::vector<Iterator>>(1),
                  extentTerm(numbers->values.front())};
  }
  const auto *constant = as<Constant>(input);
  return constant ? symbolOf(*constant->tensor, graph) : std::nullopt;
}

std::optional<Weight> NodeReading::weight(size_t input) const {
  if (const auto *known = as<Weight>(input)) {
    return *known;
  }
  const auto *constant = as<Constant>(input);
  if (!constant || constant->tensor->type != DataType::Float || constant->name.empty()) {
    return std::nullopt;
  }
  const onnx::Tensor &tensor = *constant->tensor;
  return Weight{{{constant->name, tensor.dims, 0, countOf(tensor)}}, tensor.dims};
}

} // namespace clew::compiler
