// The rule of viterbi: one Scan finds from each label of each token the best label before it, another, backwards, follows these. At a
// sequence's first token and at padding scores and labels stay as they are, so that both Scans run over all places.
#include "compiler/onnx/ExportRules.h"
#include "runtime/base/LabelMoves.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace clew::compiler {
namespace {

constexpr float never = -std::numeric_limits<float>::infinity();

/// Scores of moves, of first labels and of last ones, with those that a scheme does not have never taken.
Arrangement legalMoves(LabelMoves moves, int64_t labels) {
  return [moves, labels](std::span<const float> values, std::vector<float> &out) {
    for (int64_t at = 0; at < labels * labels; ++at) {
      out.push_back(isLegal(moves, at / labels, at % labels) ? values[static_cast<size_t>(at)] : never);
    }
  };
}

Arrangement legalEnds(bool (*refused)(LabelMoves, int64_t), LabelMoves moves) {
  return [refused, moves](std::span<const float> values, std::vector<float> &out) {
    for (size_t label = 0; label < values.size(); ++label) {
      out.push_back(refused(moves, static_cast<int64_t>(label)) ? never : values[label]);
    }
  };
}

/// A body of a Scan whose state and results are each a row for every sequence.
class Body {
public:
  Body(GraphBuilder &around, const char *name)
      : graph(std::make_shared<onnx::Graph>()), builder(around.nested(*graph)) {
    graph->name = builder.unique(name);
  }

  std::string input(const char *name, onnx::DataType type) {
    graph->inputs.push_back({builder.unique(graph->name + "/" + name), type, {}, false});
    return graph->inputs.back().name;
  }
  void output(const std::string &name, onnx::DataType type) { graph->outputs.push_back({name, type, {}, false}); }

  std::shared_ptr<onnx::Graph> graph;
  GraphBuilder builder;
};

/// Scores of the best paths to each label [e, labels], and the label before it [e, labels].
std::shared_ptr<onnx::Graph> forwardBody(GraphBuilder &around, const std::string &transitions) {
  Body body(around, "best_paths");
  GraphBuilder &builder = body.builder;
  const std::string scores = body.input("scores", onnx::DataType::Float);
  const std::string emissions = body.input("emissions", onnx::DataType::Float);
  const std::string moves = body.input("moves", onnx::DataType::Bool);
  const std::string all = builder.op("Add", {builder.unsqueeze(scores, {2}), transitions}); // [e, from, to]
  const std::string best = builder.op("ReduceMax", {all}, {integers("axes", {1}), integer("keepdims", 0)});
  const std::string from = builder.op("ArgMax", {all}, {integer("axis", 1), integer("keepdims", 0)});
  body.output(builder.op("Where", {moves, builder.op("Add", {best, emissions}), scores}), onnx::DataType::Float);
  body.output(from, onnx::DataType::Int64);
  return body.graph;
}

/// The label of each token [e, 1], given that of the one behind it.
std::shared_ptr<onnx::Graph> backwardBody(GraphBuilder &around) {
  Body body(around, "follow_back");
  GraphBuilder &builder = body.builder;
  const std::string label = body.input("label", onnx::DataType::Int64);
  const std::string from = body.input("from", onnx::DataType::Int64);
  const std::string moves = body.input("moves", onnx::DataType::Bool);
  const std::string before = builder.op("GatherElements", {from, label}, {integer("axis", 1)});
  body.output(builder.op("Where", {moves, before, label}), onnx::DataType::Int64);
  body.output(builder.op("Identity", {label}), onnx::DataType::Int64);
  return body.graph;
}

LogicalResult viterbi(nn::ViterbiOp op, GraphExport &to) {
  GraphBuilder &onnx = to.onnx;
  const int64_t labels = widthOf(op.getX());
  const auto moves = static_cast<LabelMoves>(op.getMoves());
  const std::string form = nn::stringifyMoves(op.getMoves()).str();
  auto transitions = to.weight(op, op.getTransitions(), form, {labels, labels}, legalMoves(moves, labels));
  auto start = to.weight(op, op.getStart(), form, {labels}, legalEnds(goesOn, moves));
  auto end = to.weight(op, op.getEnd(), form, {labels}, legalEnds(isOpen, moves));
  if (failed(transitions) || failed(start) || failed(end)) {
    return failure();
  }
  nn::LevelAttr level = nn::levelOf(op.getX());
  const std::string emissions = onnx.transpose(to.get(op.getX()), {1, 0, 2}); // [n, e, labels]
  const std::string first = onnx.op("Gather", {emissions, onnx.scalar(0)}, {integer("axis", 0)});
  const std::string scores = onnx.op("Add", {first, *start});
  const std::string notFirst = onnx.op("Greater", {to.levels.counter(level), onnx.scalar(0)});
  const std::string isMove = onnx.transpose(
      onnx.op("And", {to.levels.realColumn(level), onnx.unsqueeze(notFirst, {0, 2})}), {1, 0, 2}); // [n, e, 1]

  const SmallVector<std::string> paths =
      onnx.ops("Scan", {scores, emissions, isMove}, 2,
               {{"body", forwardBody(onnx, *transitions)}, integer("num_scan_inputs", 2)});
  const std::string last =
      onnx.op("ArgMax", {onnx.op("Add", {paths[0], *end})}, {integer("axis", 1), integer("keepdims", 1)});
  const SmallVector<std::string> followed = onnx.ops("Scan", {last, paths[1], isMove}, 2,
                                                     {{"body", backwardBody(onnx)},
                                                      integer("num_scan_inputs", 2),
                                                      integers("scan_input_directions", {1, 1}),
                                                      integers("scan_output_directions", {1})});
  std::vector<int64_t> numbers(static_cast<size_t>(labels));
  std::iota(numbers.begin(), numbers.end(), 0);
  const std::string chosen = onnx.op("Equal", {onnx.transpose(followed[1], {1, 0, 2}), onnx.vector(numbers)});
  to.set(op.getY(), onnx.cast(chosen, onnx::DataType::Float));
  return success();
}

} // namespace

void addChainRules(ExportRules &rules) { addRule<nn::ViterbiOp, viterbi>(rules); }

} // namespace clew::compiler
