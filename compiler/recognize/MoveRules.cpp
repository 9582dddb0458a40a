// Rules of ops that move axes and change no number.
#include "compiler/recognize/Reading.h"

#include <numeric>

using namespace mlir;

namespace clew::compiler {
namespace {

/// The value with its axes changed by `change`, which works on lists of anything.
template <typename Change> bool giveMoved(NodeReading &node, Change change) {
  if (const auto *rows = node.as<Rows>(0)) {
    Rows moved = *rows;
    moved.axes = change(rows->axes);
    node.give(moved);
  } else if (const auto *scores = node.as<Scores>(0)) {
    Scores moved = *scores;
    moved.axes = change(scores->axes);
    node.give(moved);
  } else if (std::optional<Symbol> symbol = node.symbol(0)) {
    symbol->axes = change(symbol->axes);
    node.give(*symbol);
  } else {
    return false;
  }
  return true;
}

/// Scores keep their last two axes, which is where masks and softmax look for them.
bool keepsPairs(const Axes &axes) {
  return axes.size() >= 2 && isOnly(axes[axes.size() - 2], Atom::Kind::Token) &&
         isOnly(axes[axes.size() - 1], Atom::Kind::Key);
}

void transpose(NodeReading &node) {
  std::vector<int64_t> order(node.rank(0));
  std::iota(order.rbegin(), order.rend(), 0);
  if (const std::vector<int64_t> *given = node.list("perm")) {
    order = *given;
  }
  std::vector<int64_t> all(node.rank(0));
  std::iota(all.begin(), all.end(), 0);
  if (!std::is_permutation(order.begin(), order.end(), all.begin(), all.end())) {
    return node.decline("its order is none of the axes");
  }
  if (std::optional<Weight> weight = node.weight(0)) {
    if (order != std::vector<int64_t>{1, 0}) {
      return node.decline("it turns parameters that are no matrix");
    }
    std::swap(weight->dims[0], weight->dims[1]);
    weight->turned = !weight->turned;
    return node.give(*weight);
  }
  const bool moved = giveMoved(node, [&](const auto &axes) {
    std::decay_t<decltype(axes)> out;
    for (const int64_t from : order) {
      out.push_back(axes[static_cast<size_t>(from)]);
    }
    return out;
  });
  const auto *scores = std::get_if<Scores>(&node.results[0]);
  if (!moved || (scores && !keepsPairs(scores->axes))) {
    node.decline("what it turns is not known");
  }
}

/// Iterators in groups of these sizes; none is cut.
std::optional<std::vector<std::vector<Iterator>>> regrouped(const std::vector<std::vector<Iterator>> &axes,
                                                            ArrayRef<Size> sizes) {
  std::vector<Iterator> left;
  for (const std::vector<Iterator> &axis : axes) {
    left.insert(left.end(), axis.begin(), axis.end());
  }
  std::vector<std::vector<Iterator>> out;
  size_t at = 0;
  for (const Size &size : sizes) {
    std::vector<Iterator> &axis = out.emplace_back();
    Size wanted = size;
    while (!wanted.isOne()) {
      const std::optional<Size> rest = at < left.size() ? wanted.over(left[at].size) : std::nullopt;
      if (!rest) {
        return std::nullopt;
      }
      axis.push_back(left[at++]);
      wanted = *rest;
    }
  }
  return at == left.size() ? std::optional(out) : std::nullopt;
}

Size product(ArrayRef<Size> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), Size(1), [](const Size &a, const Size &b) { return a * b; });
}

/// The sizes that a Reshape asks for, with 0 and -1 replaced.
std::optional<std::vector<Size>> wantedSizes(NodeReading &node, ArrayRef<Size> from) {
  const std::optional<Numbers> given = node.numbers(1);
  if (!given || given->scalar) {
    return std::nullopt;
  }
  std::vector<Size> sizes = given->values;
  std::optional<size_t> open;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == Size(0) && node.attribute("allowzero", int64_t{0}) == 0) {
      if (i >= from.size()) {
        return std::nullopt;
      }
      sizes[i] = from[i];
    } else if (sizes[i] == Size(-1)) {
      if (open) {
        return std::nullopt;
      }
      open = i;
    }
  }
  if (open) {
    sizes[*open] = 1;
    const std::optional<Size> rest = product(from).over(product(sizes));
    if (!rest) {
      return std::nullopt;
    }
    sizes[*open] = *rest;
  }
  return sizes;
}

bool giveReshaped(NodeReading &node, ArrayRef<Size> sizes) {
  if (std::optional<Weight> weight = node.weight(0)) {
    std::vector<int64_t> dims;
    for (const Size &size : sizes) {
      dims.push_back(size.number().value_or(-1));
    }
    const bool same = product(sizes) == product(node.sizes(0)) && !weight->turned;
    if (same || dims == weight->dims) {
      weight->dims = dims;
      node.give(*weight);
      return true;
    }
    return false;
  }
  if (const auto *rows = node.as<Rows>(0)) {
    const std::optional<Axes> axes = clew::compiler::regrouped(rows->axes, sizes);
    Rows moved = *rows;
    moved.axes = axes.value_or(Axes());
    node.give(moved);
    return axes.has_value();
  }
  if (const auto *scores = node.as<Scores>(0)) {
    const std::optional<Axes> axes = clew::compiler::regrouped(scores->axes, sizes);
    Scores moved = *scores;
    moved.axes = axes.value_or(Axes());
    node.give(moved);
    return axes && keepsPairs(*axes);
  }
  std::optional<Symbol> symbol = node.symbol(0);
  const auto axes = symbol ? regrouped(symbol->axes, sizes) : std::nullopt;
  if (axes) {
    symbol->axes = *axes;
    node.give(*symbol);
  }
  return axes.has_value();
}

void reshape(NodeReading &node) {
  const std::vector<Size> from = node.sizes(0);
  const std::optional<std::vector<Size>> sizes = wantedSizes(node, from);
  if (const std::optional<Numbers> numbers = node.numbers(0); numbers && sizes && sizes->size() <= 1) {
    const bool scalar = sizes->empty();
    if (scalar ? numbers->values.size() == 1 : Size(static_cast<int64_t>(numbers->values.size())) == sizes->front()) {
      return node.give(Numbers{numbers->values, scalar});
    }
  }
  if (!sizes || !giveReshaped(node, *sizes)) {
    node.decline("it does not keep heads, tokens and sequences apart");
  }
}

void flatten(NodeReading &node) {
  const std::vector<Size> from = node.sizes(0);
  int64_t axis = node.attribute("axis", int64_t{1});
  axis = axis < 0 ? axis + static_cast<int64_t>(from.size()) : axis;
  if (axis < 0 || axis > static_cast<int64_t>(from.size())) {
    return node.decline("its axis is none");
  }
  const ArrayRef<Size> all(from);
  if (!giveReshaped(node, {product(all.take_front(axis)), product(all.drop_front(axis))})) {
    node.decline("it does not keep heads, tokens and sequences apart");
  }
}

void unsqueeze(NodeReading &node) {
  const auto *attribute = node.list("axes");
  const std::optional<Numbers> given = node.numbers(1);
  const size_t added = attribute ? attribute->size() : given ? given->values.size() : 0;
  const std::vector<Size> from = node.sizes(0);
  const std::optional<std::vector<int64_t>> axes = node.axes(1, from.size() + added);
  if (!axes) {
    return node.decline("its axes are not known");
  }
  if (const std::optional<Numbers> numbers = node.numbers(0); numbers && numbers->scalar && added == 1) {
    return node.give(Numbers{numbers->values});
  }
  std::vector<Size> sizes(from.size() + added);
  for (size_t i = 0, next = 0; i < sizes.size(); ++i) {
    sizes[i] = llvm::is_contained(*axes, static_cast<int64_t>(i)) || next == from.size() ? Size(1) : from[next++];
  }
  if (!giveReshaped(node, sizes)) {
    node.decline("what it reads is not known");
  }
}

void squeeze(NodeReading &node) {
  const std::vector<Size> from = node.sizes(0);
  const bool all = !node.has(1) && !node.hasAttribute("axes");
  const std::optional<std::vector<int64_t>> axes = node.axes(1, from.size());
  if (!all && !axes) {
    return node.decline("its axes are not known");
  }
  std::vector<Size> sizes;
  for (size_t i = 0; i < from.size(); ++i) {
    const bool named = all ? from[i].isOne() : llvm::is_contained(*axes, static_cast<int64_t>(i));
    if (named && !from[i].isOne()) {
      return node.decline("an axis is not known to be 1");
    }
    if (!named) {
      sizes.push_back(from[i]);
    }
  }
  if (const std::optional<Numbers> numbers = node.numbers(0); numbers && sizes.empty()) {
    return node.give(Numbers{numbers->values, true});
  }
  if (!giveReshaped(node, sizes)) {
    node.decline("what it reads is not known");
  }
}

/// Axes of 1 become as long as a shape says.
void expand(NodeReading &node) {
  const std::optional<Numbers> shape = node.numbers(1);
  if (!shape || shape->scalar) {
    return node.decline("its shape is not known");
  }
  const auto *rows = node.as<Rows>(0);
  std::optional<Symbol> symbol = rows ? std::nullopt : node.symbol(0);
  if (!rows && !symbol) {
    return node.decline("what it reads is not known");
  }
  const std::vector<Size> from = node.sizes(0);
  const size_t rank = std::max(from.size(), shape->values.size());
  Symbol out{std::vector<std::vector<Iterator>>(rank), symbol ? symbol->term : nullptr,
             symbol ? symbol->type : onnx::DataType::Float};
  bool same = rank == from.size();
  for (size_t back = 1; back <= rank; ++back) {
    const Size mine = back <= from.size() ? from[from.size() - back] : Size(1);
    const Size wanted = back <= shape->values.size() ? shape->values[shape->values.size() - back] : Size(1);
    if (!mine.isOne() && !wanted.isOne() && !(mine == wanted)) {
      return node.decline("the shapes do not go together");
    }
    same = same && (wanted.isOne() || wanted == mine);
    if (symbol && !mine.isOne()) {
      out.axes[rank - back] = symbol->axes[symbol->axes.size() - back];
    } else if (!wanted.isOne()) {
      out.axes[rank - back] = {{node.graph.fresh(), wanted}};
    }
  }
  if (rows && !same) {
    return node.decline("it repeats rows");
  }
  node.give(rows ? Meaning(*rows) : Meaning(out));
}

void identity(NodeReading &node) { node.give(node.in(0)); }

void dropout(NodeReading &node) {
  const std::optional<double> training = node.number(2);
  if (node.has(2) && (!training || *training != 0)) {
    return node.decline("it drops");
  }
  node.give(node.in(0));
}

} // namespace

void addMoveRules(Rules &rules) {
  rules["Transpose"] = transpose;
  rules["Reshape"] = reshape;
  rules["Flatten"] = flatten;
  rules["Unsqueeze"] = unsqueeze;
  rules["Squeeze"] = squeeze;
  rules["Expand"] = expand;
  rules["Identity"] = identity;
  rules["Dropout"] = dropout;
}

} // namespace clew::compiler
