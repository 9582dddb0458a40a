// Rules of ops that take elements by their numbers: Gather in all its forms, Slice, Split and Concat.
#include "compiler/recognize/Reading.h"

#include <numeric>

using namespace mlir;

namespace clew::compiler {
namespace {

using onnx::DataType;

int64_t widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

/// The axes of rows that stand for the elements of a symbol, and a world at its tokens; nothing where they are none of sequences and places.
std::optional<Axes> rowAxes(const Symbol &symbol, World &world) {
  Axes axes;
  for (const std::vector<Iterator> &axis : symbol.axes) {
    Axis &out = axes.emplace_back();
    for (const Iterator &iterator : axis) {
      const bool batch = iterator.size == Size::batch();
      if (!batch && !(iterator.size == Size::tokens())) {
        return std::nullopt;
      }
      if (batch ? world.batch.has_value() : !world.real.empty()) {
        return std::nullopt;
      }
      if (batch) {
        world.batch = iterator.id;
      } else {
        world.real[iterator.id] = true;
      }
      out.push_back({batch ? Atom::Kind::Batch : Atom::Kind::Token});
    }
  }
  return axes;
}

FailureOr<Value> embedding(NodeReading &node, Value ids, const Weight &table, int64_t start) {
  auto weight = node.nn.parameter(table, table.dims, false);
  if (failed(weight)) {
    return failure();
  }
  nn::EmbeddingOp::Properties properties;
  properties.start = node.nn.builder.getI64IntegerAttr(start);
  return node.nn.build<nn::EmbeddingOp>({ids, *weight}, properties);
}

FailureOr<Value> row(NodeReading &node, const Weight &table, int64_t index) {
  auto weight = node.nn.parameter(table, table.dims, false);
  nn::RowOp::Properties properties;
  properties.index = node.nn.builder.getI64IntegerAttr(index);
  return failed(weight) ? weight : node.nn.build<nn::RowOp>(*weight, properties);
}

/// A table looked up by ids, by places, or at one row.
void lookUp(NodeReading &node, const Weight &table, const Symbol &ids) {
  World world = node.graph.worldAt(std::nullopt, std::nullopt);
  std::optional<Axes> axes = table.dims.size() == 2 && !table.turned ? rowAxes(ids, world) : std::nullopt;
  const std::optional<Affine> at = axes ? evaluate(*ids.term, world) : std::nullopt;
  if (!at || at->number != std::trunc(at->number) || std::abs(at->number) > 1e9) {
    return node.decline("what it looks up is no id and no position");
  }
  const auto start = static_cast<int64_t>(at->number);
  axes->push_back(columnAxis(table.dims[1]));
  const bool inside = start >= 0 && start < table.dims[0];
  if (at->isNumber() && inside) {
    return node.giveRows(row(node, table, start), *axes);
  }
  if (!inside || world.real.empty() || at->terms.size() != 1) {
    return node.decline("what it looks up is no id and no position");
  }
  const auto &[variable, factor] = *at->terms.begin();
  NNWriter &nn = node.nn;
  if (factor == 1 && variable.first == Affine::Kind::Index && world.real.contains(variable.second)) {
    auto places = nn.build<nn::PositionsOp>(nn.offsets());
    nn.limit(nn.offsets(), nn::mostName, table.dims[0] - start);
    return node.giveRows(failed(places) ? places : embedding(node, *places, table, start), *axes);
  }
  const auto name = node.graph.idInputs.find(variable.second);
  if (factor == 1 && variable.first == Affine::Kind::Input && name != node.graph.idInputs.end()) {
    Value values = nn.values(name->second);
    nn.limit(values, nn::limitName, table.dims[0] - start);
    return node.giveRows(embedding(node, values, table, start), *axes);
  }
  node.decline("what it looks up is no id and no position");
}

/// The first or the last row of each sequence.
bool takeEnd(NodeReading &node, const Rows &rows, int64_t axis, bool first, bool keep) {
  if (!isOnly(rows.axes[static_cast<size_t>(axis)], Atom::Kind::Token) || !holds(rows.axes, Atom::Kind::Batch)) {
    return false;
  }
  auto x = node.made(rows);
  if (failed(x)) {
    return true; // and has said why
  }
  if (!nn::levelOf(*x)) {
    return false;
  }
  if (!first) {
    node.graph.wholeOnly("the last place is read, whether it is a token or not");
  }
  Axes axes = rows.axes;
  if (keep) {
    axes[static_cast<size_t>(axis)].clear();
  } else {
    axes.erase(axes.begin() + axis);
  }
  node.giveRows(first ? node.nn.build<nn::FirstOp>({*x, node.nn.offsets()})
                      : node.nn.build<nn::LastOp>({*x, node.nn.offsets()}),
                axes);
  return true;
}

/// Of shapes and other lists.
bool gatherNumbers(NodeReading &node) {
  const std::optional<Numbers> list = node.numbers(0);
  const std::optional<Numbers> at = node.numbers(1);
  if (!list || !at || list->scalar) {
    return false;
  }
  Numbers out{{}, at->scalar};
  for (const Size &index : at->values) {
    const std::optional<int64_t> number = index.number();
    const int64_t axis = number ? node.axis(*number, list->values.size()) : -1;
    if (axis < 0) {
      return false;
    }
    out.values.push_back(list->values[static_cast<size_t>(axis)]);
  }
  node.give(out);
  return true;
}

/// One axis of a mask whose places two iterators count, at row * places + place.
std::optional<std::pair<TermPtr, TermPtr>> rowAndPlace(const Term &index) {
  for (const bool first : {true, false}) {
    if (index.kind != Term::Kind::Apply || index.op != "Add") {
      return std::nullopt;
    }
    const TermPtr &place = index.arguments[first ? 0 : 1];
    const Term &row = *index.arguments[first ? 1 : 0];
    if (place->kind != Term::Kind::Index || row.kind != Term::Kind::Apply || row.op != "Mul") {
      continue;
    }
    for (const bool second : {true, false}) {
      const Term &by = *row.arguments[second ? 1 : 0];
      if (by.kind == Term::Kind::Extent && by.size == Size::tokens()) {
        return std::pair(row.arguments[second ? 0 : 1], place);
      }
    }
  }
  return std::nullopt;
}

/// The size of what an iterator of the symbol counts; 0 if it has none such.
Size sizeOfIterator(const Symbol &symbol, const Term &index) {
  for (const std::vector<Iterator> &axis : symbol.axes) {
    for (const Iterator &iterator : axis) {
      if (index.kind == Term::Kind::Index && iterator.id == index.id) {
        return iterator.size;
      }
    }
  }
  return 0;
}

bool gatherSymbol(NodeReading &node, const Symbol &data, const Symbol &at, int64_t axis) {
  if (data.axes.empty() || axis != 0) {
    return false;
  }
  Symbol out{at.axes, nullptr, data.type};
  out.axes.insert(out.axes.end(), data.axes.begin() + 1, data.axes.end());
  const std::vector<Iterator> &counted = data.axes[0];
  if (counted.size() == 1 && !(sizeOfIterator(at, *at.term) == counted[0].size)) {
    return false; // it might be beyond, or count from the end
  }
  if (counted.size() == 1) {
    out.term = substitute(data.term, {{counted[0].id, at.term}});
  } else if (const auto both = counted.size() == 2 ? rowAndPlace(*at.term) : std::nullopt) {
    if (!(counted[1].size == sizeOfIterator(at, *both->second)) ||
        !(counted[0].size == sizeOfIterator(at, *both->first))) {
      return false;
    }
    out.term = substitute(data.term, {{counted[0].id, both->first}, {counted[1].id, both->second}});
  }
  if (!out.term || out.term->parts > mostTermParts) {
    return false;
  }
  node.give(out);
  return true;
}

void gather(NodeReading &node) {
  if (gatherNumbers(node)) {
    return;
  }
  const int64_t axis = node.axis(node.attribute("axis", int64_t{0}), node.rank(0));
  const std::optional<Numbers> index = node.numbers(1);
  if (const auto *rows = node.as<Rows>(0); rows && axis >= 0 && index && index->values.size() == 1) {
    const std::optional<int64_t> at = index->values[0].number();
    if (at && (*at == 0 || *at == -1) && takeEnd(node, *rows, axis, *at == 0, !index->scalar)) {
      return;
    }
    return node.decline("it takes another row than the first or the last");
  }
  const std::optional<Weight> table = node.weight(0);
  const std::optional<Symbol> at = node.symbol(1);
  if (table && at && axis == 0) {
    return lookUp(node, *table, *at);
  }
  const std::optional<Symbol> data = node.symbol(0);
  if (!data || !at || !gatherSymbol(node, *data, *at, axis)) {
    node.decline("what it takes is not known");
  }
}

void gatherElements(NodeReading &node) {
  const std::optional<Symbol> data = node.symbol(0);
  const std::optional<Symbol> at = node.symbol(1);
  const std::optional<Affine> value = data ? evaluate(*data->term, World{}) : std::nullopt;
  if (!at || !value ||
      !value->isNumber()) { // an index may be beyond: then the file fails, and so does its table of positions
    return node.decline("it takes elements of what is not the same everywhere");
  }
  node.give(Symbol{at->axes, numberTerm(value->number), data->type});
}

/// The row that has a sequence's last token.
bool takeLast(NodeReading &node, const Rows &rows, const Symbol &at) {
  World world = node.graph.worldAt(std::nullopt, std::nullopt);
  const bool fits = rows.axes.size() == 3 && isOnly(rows.axes[0], Atom::Kind::Batch) &&
                    isOnly(rows.axes[1], Atom::Kind::Token) && at.axes.size() == 1 && at.axes[0].size() == 1 &&
                    at.axes[0][0].size == Size::batch();
  if (!fits) {
    return false;
  }
  world.batch = at.axes[0][0].id;
  const std::optional<Affine> place = evaluate(*at.term, world);
  if (!place || !place->isPlus(Affine::Kind::Length, 0) || place->number != -1) {
    return false;
  }
  auto x = node.made(rows);
  if (succeeded(x)) {
    node.giveRows(node.nn.build<nn::LastOp>({*x, node.nn.offsets()}), {rows.axes[0], rows.axes[2]});
  }
  return true;
}

void gatherNd(NodeReading &node) {
  const auto *places = node.as<Places>(1);
  const int64_t batchDims = node.attribute("batch_dims", int64_t{0});
  if (const auto *rows = node.as<Rows>(0)) {
    std::optional<Symbol> at = node.symbol(1);
    if (at && batchDims == 1 && at->axes.size() == 2 && at->axes[1].empty()) {
      at->axes.pop_back();
      if (takeLast(node, *rows, *at)) {
        return;
      }
    }
    return node.decline("it takes other rows than the last of each sequence");
  }
  const std::optional<Symbol> data = node.symbol(0);
  if (!data || !places || batchDims != 0 || places->parts.size() != data->axes.size()) {
    return node.decline("what it takes is not known");
  }
  Symbol out{places->parts[0].axes, nullptr, data->type};
  std::map<int, TermPtr> terms;
  for (size_t i = 0; i < data->axes.size(); ++i) {
    std::map<int, TermPtr> names;
    const Symbol part = node.graph.renamed(places->parts[i]);
    const auto axes = alignedAxes(out, part, names);
    const bool fits = axes && data->axes[i].size() == 1 && data->axes[i][0].size == sizeOfIterator(part, *part.term);
    if (!fits) {
      return node.decline("it takes elements by more than their places");
    }
    out.axes = *axes;
    terms[data->axes[i][0].id] = substitute(part.term, names);
  }
  out.term = substitute(data->term, terms);
  node.give(out);
}

} // namespace

bool takeSequenceEnd(NodeReading &node, const Rows &rows, int64_t axis, bool first) {
  return takeEnd(node, rows, axis, first, true);
}

int64_t columnsOf(const Rows &rows) { return widthOf(rows.value); }

void addIndexRules(Rules &rules) {
  rules["Gather"] = gather;
  rules["GatherElements"] = gatherElements;
  rules["GatherND"] = gatherNd;
  addSliceRules(rules);
}

} // namespace clew::compiler
