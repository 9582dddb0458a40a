// Rules of LSTM and GRU. ONNX's gates stand in another order, biases of the two products apart, and directions in an axis of their own.
#include "compiler/recognize/Reading.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

/// Our order of gates by ONNX's numbers: an LSTM's are i, o, f, c there and i, f, g, o here; a GRU's z, r, h and r, z, n.
constexpr int64_t lstmGates[] = {0, 2, 3, 1};
constexpr int64_t gruGates[] = {1, 0, 2};

/// A cell's parameters: weights (directions, gates hidden, ..) and biases (directions, 2 gates hidden).
struct CellWeights {
  Weight input, recurrent;
  std::optional<Weight> bias;
  ArrayRef<int64_t> gates;
  int64_t directions = 1, hidden = 0, in = 0;
};

/// `count` elements of a weight from `begin` on; nothing if they stand in several stretches.
std::optional<Stretch> cut(const Weight &weight, int64_t begin, int64_t count) {
  for (const Stretch &stretch : weight.stretches) {
    if (begin < stretch.count) {
      Stretch part = stretch;
      part.begin += begin;
      part.count = count;
      return begin + count <= stretch.count ? std::optional(part) : std::nullopt;
    }
    begin -= stretch.count;
  }
  return std::nullopt;
}

class CellRule {
public:
  CellRule(NodeReading &node, bool lstm) : node(node), nn(node.nn), lstm(lstm) {}

  void run() {
    const auto *x = node.as<Rows>(0);
    std::string why;
    if (!x || !readWeights(*x, why) || !isPlain(why)) {
      return node.decline(why.empty() ? "it reads no rows" : why);
    }
    if (!isOnly(x->axes[0], Atom::Kind::Token) || !isOnly(x->axes[1], Atom::Kind::Batch) || !nn::levelOf(x->value)) {
      return node.decline("its axes are not places, sequences and columns");
    }
    if (!lengthsAreRight()) {
      return;
    }
    auto rows = node.made(*x);
    SmallVector<Value> outputs;
    SmallVector<Value> states[2];
    for (int64_t direction = 0; direction < cell.directions && succeeded(rows); ++direction) {
      Operation *op = build(*rows, direction);
      if (!op) {
        return node.decline("its parameters are not read");
      }
      outputs.push_back(op->getResult(0));
      for (unsigned state = 0; state < (lstm ? 2 : 1); ++state) {
        states[state].push_back(op->getResult(1 + state));
      }
    }
    if (succeeded(rows)) {
      give(outputs, states);
    }
  }

private:
  bool readWeights(const Rows &x, std::string &why) {
    const std::optional<Weight> input = node.weight(1);
    const std::optional<Weight> recurrent = node.weight(2);
    cell.bias = node.weight(3);
    cell.gates = lstm ? ArrayRef<int64_t>(lstmGates) : ArrayRef<int64_t>(gruGates);
    cell.hidden = node.attribute("hidden_size", int64_t{0});
    const std::string direction = node.attribute("direction", "forward");
    cell.directions = direction == "bidirectional" ? 2 : 1;
    reverse = direction == "reverse";
    const auto gates = static_cast<int64_t>(cell.gates.size());
    cell.in = columnsOf(x);
    const bool right =
        input && recurrent && !input->turned && !recurrent->turned && x.axes.size() == 3 &&
        endsInColumns(x.axes, cell.in) && (direction == "forward" || reverse || cell.directions == 2) &&
        input->dims == std::vector<int64_t>{cell.directions, gates * cell.hidden, cell.in} &&
        recurrent->dims == std::vector<int64_t>{cell.directions, gates * cell.hidden, cell.hidden} &&
        (!node.has(3) ||
         (cell.bias && cell.bias->dims == std::vector<int64_t>{cell.directions, 2 * gates * cell.hidden}));
    if (!right) {
      why = "its weights are no parameters of the right shapes";
      return false;
    }
    cell.input = *input;
    cell.recurrent = *recurrent;
    return true;
  }

  /// Nothing that cells of nn do not have.
  bool isPlain(std::string &why) {
    const bool usual = !node.hasAttribute("activations") && !node.hasAttribute("activation_alpha") &&
                       !node.hasAttribute("activation_beta") && !node.hasAttribute("clip") &&
                       node.attribute("layout", int64_t{0}) == 0 && node.attribute("input_forget", int64_t{0}) == 0 &&
                       !node.has(lstm ? 7 : 6);
    why = "it has functions, bounds, peepholes or a layout that cells of nn do not have";
    for (const size_t state : {size_t{5}, size_t{6}}) {
      if (node.has(state) && (state == 5 || lstm) && node.number(state) != 0.0) {
        why = "it begins with other states than zeros";
        return false;
      }
    }
    return usual;
  }

  bool lengthsAreRight() {
    if (!node.has(4)) {
      node.graph.wholeOnly("a recurrent cell runs over padding, too");
      return true;
    }
    const std::optional<Symbol> lengths = node.symbol(4);
    World world = node.graph.worldAt(std::nullopt, std::nullopt);
    if (lengths && lengths->axes.size() == 1 && lengths->axes[0].size() == 1 &&
        lengths->axes[0][0].size == Size::batch()) {
      world.batch = lengths->axes[0][0].id;
      const std::optional<Affine> value = evaluate(*lengths->term, world);
      known = value && value->number == 0 && value->isPlus(Affine::Kind::Length, 0);
    }
    if (!known) {
      node.decline("its sequence_lens are not the tokens of the mask");
    }
    return known;
  }

  FailureOr<Value> matrix(const Weight &weight, int64_t direction, int64_t columns) {
    TensorRecipe recipe;
    const int64_t size = cell.hidden * columns;
    for (const int64_t gate : cell.gates) {
      const auto part = cut(weight, (direction * static_cast<int64_t>(cell.gates.size()) + gate) * size, size);
      if (!part) {
        return failure();
      }
      recipe.blocks.push_back({partOf(*part)});
    }
    return parameter(weight, direction, {static_cast<int64_t>(cell.gates.size()) * cell.hidden, columns}, recipe);
  }

  /// Biases of x, of h, or both added up.
  FailureOr<Value> bias(int64_t direction, bool ofX, bool ofH) {
    TensorRecipe recipe;
    const auto gates = static_cast<int64_t>(cell.gates.size());
    for (const int64_t gate : cell.gates) {
      std::vector<TensorPart> &block = recipe.blocks.emplace_back();
      for (const int64_t half : {int64_t{0}, int64_t{1}}) {
        if (!(half == 0 ? ofX : ofH)) {
          continue;
        }
        const auto part = cut(*cell.bias, ((direction * 2 + half) * gates + gate) * cell.hidden, cell.hidden);
        if (!part) {
          return failure();
        }
        block.push_back(partOf(*part));
      }
    }
    return parameter(*cell.bias, direction, {gates * cell.hidden}, recipe);
  }

  FailureOr<Value> parameter(const Weight &weight, int64_t direction, std::vector<int64_t> shape,
                             const TensorRecipe &recipe) {
    const std::string name = fmt::format("{}.{}", weight.stretches.front().tensor, direction);
    return nn.parameter(name, std::move(shape), recipe);
  }

  Operation *build(Value x, int64_t direction) {
    SmallVector<Value> operands{x, nn.offsets()};
    SmallVector<FailureOr<Value>> made{matrix(cell.input, direction, cell.in),
                                       matrix(cell.recurrent, direction, cell.hidden)};
    if (!cell.bias) {
      return nullptr;
    }
    if (lstm) {
      made.push_back(bias(direction, true, true));
    } else {
      made.push_back(bias(direction, true, false));
      made.push_back(bias(direction, false, true));
    }
    for (const FailureOr<Value> &value : made) {
      if (failed(value)) {
        return nullptr;
      }
      operands.push_back(*value);
    }
    const UnitAttr backwards = reverse || direction == 1 ? nn.builder.getUnitAttr() : UnitAttr();
    FailureOr<Value> y = failure();
    if (lstm) {
      nn::LstmOp::Properties properties;
      const int given[] = {1, 1, 1, 1, 1, 0, 0, 0};
      llvm::copy(given, properties.operandSegmentSizes.begin());
      properties.reverse = backwards;
      properties.cell_clip = nn.builder.getF64FloatAttr(0);
      properties.projection_clip = nn.builder.getF64FloatAttr(0);
      y = nn.build<nn::LstmOp>(operands, properties);
    } else {
      nn::GruOp::Properties properties;
      properties.reverse = backwards;
      properties.reset_before =
          node.attribute("linear_before_reset", int64_t{0}) == 0 ? nn.builder.getUnitAttr() : UnitAttr();
      y = nn.build<nn::GruOp>(operands, properties);
    }
    return failed(y) ? nullptr : y->getDefiningOp();
  }

  FailureOr<Value> joined(ArrayRef<Value> parts) {
    return parts.size() == 1 ? FailureOr<Value>(parts.front()) : nn.concatenated(parts);
  }

  void give(ArrayRef<Value> outputs, const SmallVector<Value> (&states)[2]) {
    const Axis directions = cell.directions == 1 ? Axis() : Axis{Atom::column(cell.directions, cell.hidden)};
    auto y = joined(outputs);
    if (failed(y)) {
      return node.decline("nn has no such op");
    }
    Rows rows{*y, {tokenAxis(), directions, batchAxis(), columnAxis(cell.hidden)}};
    if (known) {
      rows.padding = 0;
    }
    node.give(0, rows);
    for (size_t state = 0; state < (lstm ? 2 : 1) && state + 1 < node.node.outputs.size(); ++state) {
      auto last = node.node.outputs[state + 1].empty() ? FailureOr<Value>(failure()) : joined(states[state]);
      if (succeeded(last)) {
        node.give(state + 1, Rows{*last, {directions, batchAxis(), columnAxis(cell.hidden)}});
      }
    }
  }

  NodeReading &node;
  NNWriter &nn;
  bool lstm;
  bool reverse = false;
  bool known = false; ///< lengths are
  CellWeights cell;
};

} // namespace

void addCellRules(Rules &rules) {
  rules["LSTM"] = [](NodeReading &node) { CellRule(node, true).run(); };
  rules["GRU"] = [](NodeReading &node) { CellRule(node, false).run(); };
}

} // namespace clew::compiler
