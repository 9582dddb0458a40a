// The rule of attention. Scores are [elements above, heads, i, j]; what a token does not look at, padding included, gets the lowest finite
// score: its weight is exactly 0, and a row that looks at nothing, which only padding is, stays finite.
//
// Tables of distances are first cut to the 2 n - 1 distances that n places have. A product with them is [.., i, distance], and moving its rows
// against each other makes it [.., i, j]: by a padding, two changes of shape and two slices, as arXiv:1901.02860 (appendix B) does it.
#include "compiler/onnx/ExportRules.h"

#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

class AttentionExport {
public:
  AttentionExport(nn::AttentionOp op, GraphExport &to)
      : op(op), to(to), onnx(to.onnx), level(nn::levelOf(op.getQ())), heads(static_cast<int64_t>(op.getHeads())),
        head(widthOf(op.getQ()) / heads), valueHead(widthOf(op.getV()) / heads), places(to.levels.places(level)) {}

  void run() {
    const std::string weights = onnx.op("Softmax", {visible(scores())}, {integer("axis", -1)});
    std::string mixed = onnx.op("MatMul", {weights, byHead(to.get(op.getV()), valueHead)});
    if (Value table = op.getRelativeValues()) {
      const std::string rows = distanceRows(table, valueHead, {1, 0, 2}, {0, 1});
      mixed = onnx.op("Add", {mixed, onnx.op("MatMul", {byDistance(weights), rows})});
    }
    const std::string rows = onnx.transpose(mixed, {0, 2, 1, 3});
    to.set(op.getOut(), onnx.reshape(rows, {0, 0, heads * valueHead}));
  }

private:
  /// [e, n, heads size] -> [e, heads, n, size].
  std::string byHead(const std::string &x, int64_t size) {
    return onnx.transpose(onnx.reshape(x, {0, 0, heads, size}), {0, 2, 1, 3});
  }

  /// What meets tables of distances or segments: queries of their own, or the others.
  std::string seekers(Value own, const std::string &q) { return own ? byHead(to.get(own), head) : q; }

  std::string scores() {
    const std::string q = byHead(to.get(op.getQ()), head);
    const std::string keys = onnx.transpose(onnx.reshape(to.get(op.getK()), {0, 0, heads, head}), {0, 2, 3, 1});
    std::string sum = onnx.op("MatMul", {q, keys});
    if (Value table = op.getRelativeKeys()) {
      const std::string rows = distanceRows(table, head, {1, 2, 0}, {1, 0});
      const std::string product = onnx.op("MatMul", {seekers(op.getRelativeQ(), q), rows});
      sum = onnx.op("Add", {sum, byPlace(product)});
    }
    if (op.getSegments()) {
      sum = onnx.op("Add", {sum, segmentScores(seekers(op.getSegmentQ(), q))});
    }
    sum = onnx.op("Mul", {sum, onnx.number(op.getScale().convertToDouble())});
    if (Value table = op.getRelativeBiases()) { // [n, n, heads] -> [heads, n, n]
      const std::string rows = onnx.op("Gather", {to.get(table), clamped(distances(), table)}, {integer("axis", 0)});
      sum = onnx.op("Add", {sum, onnx.transpose(rows, {2, 0, 1})});
    }
    return sum;
  }

  /// Which of two keys a query meets is a matter of each pair's segments.
  std::string segmentScores(const std::string &seekers) {
    std::string table = to.get(op.getSegmentKeys());
    table = widthOf(op.getSegmentKeys()) == head
                ? onnx.transpose(table, {1, 0})
                : onnx.transpose(onnx.reshape(table, {2, heads, head}), {1, 2, 0}); // [heads, head, 2]
    const std::string both = onnx.op("MatMul", {seekers, table});
    const std::string segments = to.get(op.getSegments());
    const std::string same =
        onnx.op("Equal", {onnx.unsqueeze(segments, {1, 3}), onnx.unsqueeze(segments, {1, 2})}); // [e, 1, n, n]
    return onnx.op("Where", {same, onnx.slice(both, onnx.vector({0}), onnx.vector({1}), 3),
                             onnx.slice(both, onnx.vector({1}), onnx.vector({2}), 3)});
  }

  /// j - i, i64 [n, n].
  std::string distances() {
    const std::string at = to.levels.counter(level);
    return onnx.op("Sub", {onnx.unsqueeze(at, {0}), onnx.unsqueeze(at, {1})});
  }

  /// Row numbers of distances in a table of them: further ones read the ends.
  std::string clamped(const std::string &distances, Value table) {
    const int64_t reach = cast<RankedTensorType>(table.getType()).getDimSize(0) / 2;
    const std::string near = onnx.op("Clip", {distances, onnx.scalar(-reach), onnx.scalar(reach)});
    return onnx.op("Add", {near, onnx.scalar(reach)});
  }

  /// Rows of the distances 1 - n .. n - 1, for heads of `size` columns: of all heads [2n - 1, heads, size] in the order `ofHeads`, or of any
  /// head [2n - 1, size] in the order `ofAny`.
  std::string distanceRows(Value table, int64_t size, std::vector<int64_t> ofHeads, std::vector<int64_t> ofAny) {
    const std::string n = onnx.op("Squeeze", {places, onnx.vector({0})});
    const std::string from = onnx.op("Sub", {onnx.scalar(1), n});
    const std::string all = onnx.op("Range", {from, n, onnx.scalar(1)});
    const std::string rows = onnx.op("Gather", {to.get(table), clamped(all, table)}, {integer("axis", 0)});
    return widthOf(table) == size ? onnx.transpose(rows, std::move(ofAny))
                                  : onnx.transpose(onnx.reshape(rows, {0, heads, size}), std::move(ofHeads));
  }

  std::string placesLess1() { return onnx.op("Sub", {places, onnx.vector({1})}); }

  /// [e, heads, n, ..] with its last two axes cut anew into rows of n.
  std::string inRows(const std::string &flat) {
    return onnx.op("Reshape", {flat, onnx.concat({onnx.vector({0, 0}), places, onnx.vector({-1})}, 0)});
  }

  /// [e, heads, n, 2n - 1] by distance -> [e, heads, n, n] by j. With rows of 2n, the element of i and j is the (2n - 1) i + n - 1 + j -th.
  std::string byPlace(const std::string &x) {
    const std::string wide = onnx.op("Pad", {x, onnx.vector({0, 0, 0, 0, 0, 0, 0, 1})});
    const std::string flat = onnx.reshape(wide, {0, 0, -1});
    const std::string rows = inRows(onnx.slice(flat, placesLess1(), onnx.vector({-1}), 2));
    return onnx.slice(rows, onnx.vector({0}), places, 3);
  }

  /// The other way round, with 0 for distances that a row has not.
  std::string byDistance(const std::string &x) {
    const std::string wide = onnx.op("Pad", {x, onnx.concat({onnx.vector({0, 0, 0, 0, 0, 0, 0}), placesLess1()}, 0)});
    const std::string flat = onnx.reshape(wide, {0, 0, -1});
    const std::string ends = onnx.concat({onnx.vector({0, 0}), placesLess1(), onnx.vector({0, 0, 1})}, 0);
    return onnx.slice(inRows(onnx.op("Pad", {flat, ends})), onnx.vector({0}), onnx.vector({-1}), 3);
  }

  /// Scores with the lowest number where a token does not look.
  std::string visible(const std::string &scores) {
    std::string seen = onnx.unsqueeze(to.levels.real(level), {1, 2}); // [e, 1, 1, n]
    if (op.getCausal()) {
      seen = onnx.op("And", {seen, onnx.op("LessOrEqual", {distances(), onnx.scalar(0)})});
    }
    if (op.getWindow() > 0) {
      const std::string away = onnx.op("Abs", {distances()});
      seen = onnx.op("And", {seen, onnx.op("Less", {away, onnx.scalar(static_cast<int64_t>(op.getWindow()))})});
    }
    return onnx.op("Where", {seen, scores, onnx.number(std::numeric_limits<float>::lowest())});
  }

  nn::AttentionOp op;
  GraphExport &to;
  GraphBuilder &onnx;
  nn::LevelAttr level;
  int64_t heads;
  int64_t head;
  int64_t valueHead;
  std::string places;
};

LogicalResult attention(nn::AttentionOp op, GraphExport &to) {
  if (!op.getScores().use_empty() || !op.getLse().use_empty()) {
    return op.emitOpError("is exported to ONNX without its scores, which something reads");
  }
  AttentionExport(op, to).run();
  return success();
}

} // namespace

void addAttentionRules(ExportRules &rules) { addRule<nn::AttentionOp, attention>(rules); }

} // namespace clew::compiler
