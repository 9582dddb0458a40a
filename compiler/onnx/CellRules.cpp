// The rules of LSTM and GRU. ONNX's own ops of these names have the cells that most models have; what they have not, a projection and bounds of
// an LSTM's states, is a Scan over tokens. Both know how many tokens each sequence has: ONNX's by sequence_lens, the Scan by keeping states where
// there is padding, which is also how it begins at a sequence's end when it reads backwards.
#include "compiler/onnx/ExportRules.h"

using namespace mlir;

namespace clew::compiler {
namespace {

/// ONNX's order of gates: an LSTM's are i, o, f, c, ours i, f, g, o; a GRU's z, r, h, ours r, z, n.
constexpr int64_t lstmGates[] = {0, 3, 1, 2};
constexpr int64_t gruGates[] = {1, 0, 2};

/// `values` in as many equal blocks, in this order; block number `negated` of the result gets the other sign. `zeros` behind it.
Arrangement blocks(ArrayRef<int64_t> order, int negated = -1, int64_t zeros = 0) {
  return [order, negated, zeros](std::span<const float> values, std::vector<float> &out) {
    const size_t size = values.size() / order.size();
    for (auto [number, from] : llvm::enumerate(order)) {
      const float sign = static_cast<int>(number) == negated ? -1.0F : 1.0F;
      for (const float value : values.subspan(static_cast<size_t>(from) * size, size)) {
        out.push_back(sign * value);
      }
    }
    out.resize(out.size() + static_cast<size_t>(zeros));
  };
}

/// What both kinds have in common: rows [e, n, w] beside rows by time [n, e, w], and states [e, w].
class CellExport {
public:
  CellExport(Value x, GraphExport &to)
      : to(to), onnx(to.onnx), level(nn::levelOf(x)), elements(onnx.op("Shape", {to.levels.lengths(level)})) {}

  std::string byTime(const std::string &rows) { return onnx.transpose(rows, {1, 0, 2}); }

  /// Where a state begins, [e, width]; "" for zeros.
  std::string begin(Value given, int64_t width) {
    if (!given) {
      return "";
    }
    const std::string state = to.get(given);
    if (nn::levelOf(given)) {
      return to.levels.fromRowsAbove(level, state, width);
    }
    return onnx.op("Expand", {state, onnx.concat({elements, onnx.vector({width})}, 0)});
  }

  std::string zeros(int64_t width) {
    return onnx.op("ConstantOfShape", {onnx.concat({elements, onnx.vector({width})}, 0)});
  }

  /// The op with an axis of directions, of which there is one.
  void cell(const char *type, const std::vector<std::string> &inputs, Value y,
            ArrayRef<std::pair<Value, int64_t>> states, std::vector<onnx::Attribute> attributes) {
    const SmallVector<std::string> results = onnx.ops(type, inputs, 1 + states.size(), std::move(attributes));
    to.set(y, byTime(onnx.op("Squeeze", {results[0], onnx.vector({1})})));
    for (auto [number, state] : llvm::enumerate(states)) {
      if (!state.first.use_empty()) {
        setState(state.first, onnx.op("Squeeze", {results[number + 1], onnx.vector({0})}), state.second);
      }
    }
  }

  void setState(Value state, const std::string &name, int64_t width) {
    to.set(state, to.levels.asRowsAbove(level, name, width));
  }

  /// i32 [e]; padding counts as one token, since none is no length for the ops.
  std::string sequenceLengths() {
    return onnx.cast(onnx.op("Max", {to.levels.lengths(level), onnx.scalar(1)}), onnx::DataType::Int32);
  }

  /// [1, e, width] for the ops, or "".
  std::string initial(Value given, int64_t width) {
    const std::string state = begin(given, width);
    return state.empty() ? state : onnx.unsqueeze(state, {0});
  }

  GraphExport &to;
  GraphBuilder &onnx;
  nn::LevelAttr level;
  std::string elements; ///< i64 [1]
};

//===-------------------------------------------------------------------------------------------------------------------===//
// ONNX's ops
//===-------------------------------------------------------------------------------------------------------------------===//

LogicalResult plainLstm(nn::LstmOp op, GraphExport &to) {
  const int64_t hidden = widthOf(op.getWeightHh());
  const int64_t in = widthOf(op.getX());
  auto weight = to.weight(op, op.getWeightIh(), "onnx", {1, 4 * hidden, in}, blocks(lstmGates));
  auto recurrent = to.weight(op, op.getWeightHh(), "onnx", {1, 4 * hidden, hidden}, blocks(lstmGates));
  auto bias = to.weight(op, op.getBias(), "onnx", {1, 8 * hidden}, blocks(lstmGates, -1, 4 * hidden));
  if (failed(weight) || failed(recurrent) || failed(bias)) {
    return failure();
  }
  CellExport cell(op.getX(), to);
  cell.cell("LSTM",
            {cell.byTime(to.get(op.getX())), *weight, *recurrent, *bias, cell.sequenceLengths(),
             cell.initial(op.getH_0(), hidden), cell.initial(op.getC_0(), hidden)},
            op.getY(), {{op.getHN(), hidden}, {op.getCN(), hidden}},
            {integer("hidden_size", hidden), text("direction", op.getReverse() ? "reverse" : "forward")});
  return success();
}

/// With `update_new` our z is 1 less theirs: that of the negated sum, so weights and biases of the gate change their sign.
LogicalResult gru(nn::GruOp op, GraphExport &to) {
  const int64_t hidden = widthOf(op.getWeightHh());
  const int64_t in = widthOf(op.getX());
  const int negated = op.getUpdateNew() ? 0 : -1;
  const std::string form = op.getUpdateNew() ? "onnx_negated" : "onnx";
  const auto arranged = [&](Value value, std::vector<int64_t> dims) {
    return to.weight(op, value, form, std::move(dims), blocks(gruGates, negated));
  };
  auto weight = arranged(op.getWeightIh(), {1, 3 * hidden, in});
  auto recurrent = arranged(op.getWeightHh(), {1, 3 * hidden, hidden});
  auto biasIn = arranged(op.getBiasIh(), {1, 3 * hidden});
  auto biasHidden = arranged(op.getBiasHh(), {1, 3 * hidden});
  if (failed(weight) || failed(recurrent) || failed(biasIn) || failed(biasHidden)) {
    return failure();
  }
  CellExport cell(op.getX(), to);
  const std::string bias = to.onnx.concat({*biasIn, *biasHidden}, 1);
  cell.cell("GRU",
            {cell.byTime(to.get(op.getX())), *weight, *recurrent, bias, cell.sequenceLengths(),
             cell.initial(op.getH_0(), hidden)},
            op.getY(), {{op.getHN(), hidden}},
            {integer("hidden_size", hidden), text("direction", op.getReverse() ? "reverse" : "forward"),
             integer("linear_before_reset", op.getResetBefore() ? 0 : 1)});
  return success();
}

//===-------------------------------------------------------------------------------------------------------------------===//
// A Scan
//===-------------------------------------------------------------------------------------------------------------------===//

/// One token of an LSTM with a projection or bounds: the body of a Scan with the states h and c.
class LstmStep {
public:
  LstmStep(nn::LstmOp op, GraphBuilder builder, onnx::Graph &body) : op(op), builder(std::move(builder)), body(body) {}

  /// `recurrent` (P, 4H) and `projection` (H, P), or "", are weights of the graph around it.
  void build(const std::string &recurrent, const std::string &projection) {
    const std::string h = input("h", onnx::DataType::Float);
    const std::string c = input("c", onnx::DataType::Float);
    const std::string gates = input("gates", onnx::DataType::Float);
    const std::string real = input("real", onnx::DataType::Bool);
    const int64_t hidden = widthOf(op.getCN());
    const std::string sum = builder.op("Add", {gates, builder.op("MatMul", {h, recurrent})});
    const SmallVector<std::string> parts =
        builder.ops("Split", {sum, builder.vector({hidden, hidden, hidden, hidden})}, 4, {integer("axis", -1)});
    const std::string kept = builder.op("Mul", {builder.op("Sigmoid", {parts[1]}), c});
    const std::string added = builder.op("Mul", {builder.op("Sigmoid", {parts[0]}), builder.op("Tanh", {parts[2]})});
    const std::string cell = bounded(builder.op("Add", {kept, added}), op.getCellClip().convertToDouble());
    std::string next = builder.op("Mul", {builder.op("Sigmoid", {parts[3]}), builder.op("Tanh", {cell})});
    if (!projection.empty()) {
      next = bounded(builder.op("MatMul", {next, projection}), op.getProjectionClip().convertToDouble());
    }
    const std::string state = builder.op("Where", {real, next, h});
    output(state);
    output(builder.op("Where", {real, cell, c}));
    output(builder.op("Identity", {state}));
  }

private:
  std::string input(const char *name, onnx::DataType type) {
    body.inputs.push_back({builder.unique(body.name + "/" + name), type, {}, false});
    return body.inputs.back().name;
  }
  void output(const std::string &name) { body.outputs.push_back({name, onnx::DataType::Float, {}, false}); }

  /// 0 is no bound.
  std::string bounded(const std::string &x, double bound) {
    return bound > 0 ? builder.op("Clip", {x, builder.number(-bound), builder.number(bound)}) : x;
  }

  nn::LstmOp op;
  GraphBuilder builder;
  onnx::Graph &body;
};

LogicalResult scannedLstm(nn::LstmOp op, GraphExport &to) {
  const int64_t hidden = widthOf(op.getCN());
  const int64_t outputs = widthOf(op.getWeightHh());
  const int64_t in = widthOf(op.getX());
  auto weight = to.weight(op, op.getWeightIh(), "transposed", {in, 4 * hidden}, transposedRows(4 * hidden, in));
  auto recurrent =
      to.weight(op, op.getWeightHh(), "transposed", {outputs, 4 * hidden}, transposedRows(4 * hidden, outputs));
  FailureOr<std::string> projection(std::string{});
  if (Value given = op.getWeightHr()) {
    projection = to.weight(op, given, "transposed", {hidden, outputs}, transposedRows(outputs, hidden));
  }
  if (failed(weight) || failed(recurrent) || failed(projection)) {
    return failure();
  }
  CellExport cell(op.getX(), to);
  const std::string products = to.onnx.op("MatMul", {to.get(op.getX()), *weight});
  const std::string gates = cell.byTime(to.onnx.op("Add", {products, to.get(op.getBias())}));
  const std::string real = cell.byTime(to.levels.realColumn(cell.level));
  std::string h = cell.begin(op.getH_0(), outputs);
  std::string c = cell.begin(op.getC_0(), hidden);
  h = h.empty() ? cell.zeros(outputs) : h;
  c = c.empty() ? cell.zeros(hidden) : c;

  auto body = std::make_shared<onnx::Graph>();
  body->name = to.onnx.unique("step");
  LstmStep(op, to.onnx.nested(*body), *body).build(*recurrent, *projection);
  const int64_t backwards = op.getReverse() ? 1 : 0;
  const SmallVector<std::string> results = to.onnx.ops("Scan", {h, c, gates, real}, 3,
                                                       {{"body", body},
                                                        integer("num_scan_inputs", 2),
                                                        integers("scan_input_directions", {backwards, backwards}),
                                                        integers("scan_output_directions", {backwards})});
  to.set(op.getY(), cell.byTime(results[2]));
  cell.setState(op.getHN(), results[0], outputs);
  cell.setState(op.getCN(), results[1], hidden);
  return success();
}

LogicalResult lstm(nn::LstmOp op, GraphExport &to) {
  const bool plain = !op.getWeightHr() && op.getCellClip().isZero() && op.getProjectionClip().isZero();
  return plain ? plainLstm(op, to) : scannedLstm(op, to);
}

} // namespace

void addCellRules(ExportRules &rules) {
  addRule<nn::LstmOp, lstm>(rules);
  addRule<nn::GruOp, gru>(rules);
}

} // namespace clew::compiler
