// Rules of Slice, Split and Concat.
#include "compiler/recognize/Reading.h"

#include <numeric>

using namespace mlir;

namespace clew::compiler {
namespace {

/// One axis of a Slice by steps of 1.
struct Cut {
  int64_t axis = 0;
  Size begin;
  Size end;
};

std::optional<Numbers> given(NodeReading &node, size_t input, const char *attribute) {
  if (const std::vector<int64_t> *list = node.list(attribute)) {
    return Numbers{{list->begin(), list->end()}};
  }
  return node.numbers(input);
}

/// An end that counts from the front and lies inside; nothing where that is not known.
std::optional<Size> inside(const Size &end, const Size &extent) {
  const std::optional<int64_t> number = end.number();
  if (number && *number < 0) {
    const Size front = extent + end;
    return *number < INT32_MIN ? std::optional(Size(0)) : front.least() ? std::optional(front) : std::nullopt;
  }
  if (number && *number > INT32_MAX) {
    return extent;
  }
  const bool below = (extent - end).least().has_value();
  return below ? std::optional(end) : std::nullopt;
}

std::optional<std::vector<Cut>> cutsOf(NodeReading &node) {
  const std::vector<Size> sizes = node.sizes(0);
  const std::optional<Numbers> begins = given(node, 1, "starts");
  const std::optional<Numbers> ends = given(node, 2, "ends");
  const std::optional<Numbers> steps = node.numbers(4);
  if (!begins || !ends || begins->values.size() != ends->values.size() || (node.has(4) && !steps)) {
    return std::nullopt;
  }
  const bool named = node.has(3) || node.hasAttribute("axes");
  const std::optional<std::vector<int64_t>> axes = node.axes(3, sizes.size());
  if (named && (!axes || axes->size() != begins->values.size())) {
    return std::nullopt;
  }
  std::vector<Cut> cuts;
  for (size_t i = 0; i < begins->values.size(); ++i) {
    const int64_t axis = named ? (*axes)[i] : static_cast<int64_t>(i);
    if (axis >= static_cast<int64_t>(sizes.size()) || (steps && !(steps->values[i] == Size(1)))) {
      return std::nullopt;
    }
    cuts.push_back({axis, begins->values[i], ends->values[i]});
  }
  return cuts;
}

bool sliceNumbers(NodeReading &node, const Cut &cut) {
  const std::optional<Numbers> list = node.numbers(0);
  const std::optional<Size> begin = inside(cut.begin, static_cast<int64_t>(list ? list->values.size() : 0));
  const std::optional<Size> end = inside(cut.end, static_cast<int64_t>(list ? list->values.size() : 0));
  const std::optional<int64_t> from = begin ? begin->number() : std::nullopt;
  const std::optional<int64_t> to = end ? end->number() : std::nullopt;
  if (!list || !from || !to) {
    return false;
  }
  node.give(Numbers{{list->values.begin() + *from, list->values.begin() + std::max(*from, *to)}});
  return true;
}

/// A table of places is as long as its file says, and what is cut out of it as long as sequences are: they may not be longer than the table.
bool sliceSymbol(NodeReading &node, Symbol symbol, const std::vector<Cut> &cuts) {
  for (const Cut &cut : cuts) {
    std::vector<Iterator> &axis = symbol.axes[static_cast<size_t>(cut.axis)];
    const Size extent = sizeOfAxis(axis);
    const std::optional<int64_t> table = extent.number();
    const bool toTokens = cut.begin == Size(0) && cut.end == Size::tokens() && table && axis.size() == 1;
    const std::optional<Size> begin = inside(cut.begin, extent);
    const std::optional<Size> end = toTokens ? cut.end : inside(cut.end, extent);
    if (!begin || !end) {
      return false;
    }
    if (*begin == Size(0) && *end == extent) {
      continue;
    }
    if (axis.size() != 1) {
      return false;
    }
    if (toTokens) {
      node.nn.limit(node.nn.offsets(), nn::mostName, *table);
      node.graph.mostPlaces = node.graph.mostPlaces == 0 ? *table : std::min(node.graph.mostPlaces, *table);
    }
    const int id = node.graph.fresh();
    const TermPtr moved = applyTerm("Add", onnx::DataType::Int64, {indexTerm(id), extentTerm(*begin)});
    symbol.term = substitute(symbol.term, {{axis[0].id, *begin == Size(0) ? indexTerm(id) : moved}});
    const Size size = *end - *begin;
    if (size.least().value_or(0) < 1) {
      return false;
    }
    axis = {{id, size}};
    if (size.isOne()) {
      symbol.term = substitute(symbol.term, {{id, numberTerm(0)}});
      axis.clear();
    }
  }
  node.give(std::move(symbol));
  return true;
}

bool sliceWeight(NodeReading &node, Weight weight, const std::vector<Cut> &cuts) {
  if (cuts.size() != 1 || weight.turned || weight.stretches.size() != 1) {
    return false;
  }
  const auto axis = static_cast<size_t>(cuts[0].axis);
  const auto ones = weight.dims.begin() + static_cast<ptrdiff_t>(axis);
  const std::optional<Size> begin = inside(cuts[0].begin, weight.dims[axis]);
  const std::optional<Size> end = inside(cuts[0].end, weight.dims[axis]);
  const std::optional<int64_t> from = begin ? begin->number() : std::nullopt;
  const std::optional<int64_t> to = end ? end->number() : std::nullopt;
  if (!from || !to || *to <= *from || std::any_of(weight.dims.begin(), ones, [](int64_t dim) { return dim != 1; })) {
    return false;
  }
  const int64_t inner = weight.stretches[0].count / weight.dims[axis];
  weight.stretches[0].begin += *from * inner;
  weight.stretches[0].count = (*to - *from) * inner;
  weight.dims[axis] = *to - *from;
  node.give(weight);
  return true;
}

/// Columns, or the first or last row of each sequence.
bool sliceRows(NodeReading &node, const Rows &rows, const std::vector<Cut> &cuts) {
  std::vector<Cut> real;
  for (const Cut &cut : cuts) {
    const Size extent = sizeOf(rows.axes[static_cast<size_t>(cut.axis)]);
    const bool all = inside(cut.begin, extent) == Size(0) && inside(cut.end, extent) == extent;
    if (!all) {
      real.push_back(cut);
    }
  }
  if (real.empty()) {
    node.give(rows);
    return true;
  }
  const Cut cut = real[0];
  if (real.size() > 1) {
    return false;
  }
  const Axis &axis = rows.axes[static_cast<size_t>(cut.axis)];
  if (isOnly(axis, Atom::Kind::Token)) {
    const bool first = cut.begin == Size(0) && cut.end == Size(1);
    const bool last = cut.begin == Size(-1) && inside(cut.end, Size::tokens()) == Size::tokens();
    return (first || last) && takeSequenceEnd(node, rows, cut.axis, first);
  }
  const int64_t width = columnsOf(rows);
  const std::optional<Size> begin = inside(cut.begin, width);
  const std::optional<Size> end = inside(cut.end, width);
  const std::optional<int64_t> from = begin ? begin->number() : std::nullopt;
  const std::optional<int64_t> to = end ? end->number() : std::nullopt;
  if (!from || !to || *to <= *from || cut.axis + 1 != static_cast<int64_t>(rows.axes.size()) ||
      !endsInColumns(rows.axes, width)) {
    return false;
  }
  auto x = node.made(rows);
  if (succeeded(x)) {
    Axes axes = rows.axes;
    axes.back() = columnAxis(*to - *from);
    node.giveRows(node.nn.sliced(*x, *from, *to - *from), axes);
  }
  return true;
}

void slice(NodeReading &node) {
  const std::optional<std::vector<Cut>> cuts = cutsOf(node);
  if (!cuts) {
    return node.decline("its ends are not known");
  }
  if (cuts->size() == 1 && sliceNumbers(node, cuts->front())) {
    return;
  }
  if (const auto *rows = node.as<Rows>(0)) {
    if (!sliceRows(node, *rows, *cuts)) {
      node.decline("it cuts more than columns, or other rows than the first or last");
    }
    return;
  }
  const std::optional<Weight> weight = node.weight(0);
  const std::optional<Symbol> symbol = node.symbol(0);
  if (!(symbol && sliceSymbol(node, *symbol, *cuts)) && !(weight && sliceWeight(node, *weight, *cuts))) {
    node.decline("what it cuts is not known");
  }
}

/// Widths of the parts of a Split.
std::vector<int64_t> partsOf(NodeReading &node, int64_t extent) {
  const std::optional<Numbers> sizes = given(node, 1, "split");
  std::vector<int64_t> parts;
  if (sizes) {
    for (const Size &size : sizes->values) {
      parts.push_back(size.number().value_or(-1));
    }
  } else {
    const auto count = static_cast<int64_t>(node.node.outputs.size());
    const int64_t each = (extent + count - 1) / count;
    for (int64_t i = 0; i < count; ++i) {
      parts.push_back(std::min(each, extent - i * each));
    }
  }
  const bool right = parts.size() == node.node.outputs.size() && llvm::all_of(parts, [](int64_t n) { return n > 0; }) &&
                     std::accumulate(parts.begin(), parts.end(), int64_t{0}) == extent;
  return right ? parts : std::vector<int64_t>();
}

void split(NodeReading &node) {
  const auto *rows = node.as<Rows>(0);
  const int64_t axis = node.axis(node.attribute("axis", int64_t{0}), node.rank(0));
  const int64_t width = rows ? columnsOf(*rows) : 0;
  if (!rows || axis + 1 != static_cast<int64_t>(rows->axes.size()) || !endsInColumns(rows->axes, width)) {
    return node.decline("it cuts no columns");
  }
  const std::vector<int64_t> parts = partsOf(node, width);
  auto x = node.made(*rows);
  if (parts.empty() || failed(x)) {
    return node.decline("its parts are not known");
  }
  int64_t begin = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    Axes axes = rows->axes;
    axes.back() = columnAxis(parts[i]);
    auto part = node.nn.sliced(*x, begin, parts[i]);
    if (failed(part)) {
      return node.decline("nn has no such op");
    }
    node.give(i, Rows{*part, axes});
    begin += parts[i];
  }
}

/// Symbols in a last axis of their own, as GatherND reads them.
bool joinPlaces(NodeReading &node) {
  Places places;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    std::optional<Symbol> symbol = node.symbol(i);
    if (!symbol || symbol->axes.empty() || !symbol->axes.back().empty()) {
      return false;
    }
    symbol->axes.pop_back();
    places.parts.push_back(std::move(*symbol));
  }
  node.give(places);
  return true;
}

bool joinWeights(NodeReading &node, int64_t axis) {
  Weight all;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    const std::optional<Weight> weight = node.weight(i);
    if (!weight || weight->turned || axis < 0 || (i > 0 && weight->dims.size() != all.dims.size())) {
      return false;
    }
    const auto at = weight->dims.begin() + axis;
    if (std::any_of(weight->dims.begin(), at, [](int64_t dim) { return dim != 1; })) {
      return false;
    }
    if (i == 0) {
      all.dims = weight->dims;
    } else if (!std::equal(at + 1, weight->dims.end(), all.dims.begin() + axis + 1)) {
      return false;
    } else {
      all.dims[static_cast<size_t>(axis)] += *at;
    }
    all.stretches.insert(all.stretches.end(), weight->stretches.begin(), weight->stretches.end());
  }
  node.give(all);
  return true;
}

bool joinRows(NodeReading &node, int64_t axis) {
  SmallVector<Value> parts;
  Axes axes;
  int64_t width = 0;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    const auto *rows = node.as<Rows>(i);
    if (!rows || axis + 1 != static_cast<int64_t>(rows->axes.size()) || !endsInColumns(rows->axes, columnsOf(*rows))) {
      return false;
    }
    Axes others = rows->axes;
    others.pop_back();
    if (i > 0 && others != axes) {
      return false;
    }
    axes = others;
    auto x = node.made(*rows);
    if (failed(x)) {
      return true;
    }
    parts.push_back(*x);
    width += columnsOf(*rows);
  }
  axes.push_back(columnAxis(width));
  node.giveRows(node.nn.concatenated(parts), axes);
  return true;
}

void concat(NodeReading &node) {
  if (node.node.inputs.size() == 1) {
    return node.give(node.in(0));
  }
  const int64_t axis = node.axis(node.attribute("axis", int64_t{0}), node.rank(0));
  const bool last = axis + 1 == static_cast<int64_t>(node.rank(0));
  if (!joinNumbers(node) && !joinRows(node, axis) && !joinWeights(node, axis) && !(last && joinPlaces(node))) {
    node.decline("what it joins is not known");
  }
}

} // namespace

void addSliceRules(Rules &rules) {
  rules["Slice"] = slice;
  rules["Split"] = split;
  rules["Concat"] = concat;
}

} // namespace clew::compiler
