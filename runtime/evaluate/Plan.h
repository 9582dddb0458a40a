// Plan: a graph's nodes with everything looked up: ops, where values lie, when they are read last. See Evaluator.h.
#pragma once

#include "runtime/evaluate/Evaluator.h"
#include "runtime/evaluate/Ops.h"

#include <map>
#include <set>

namespace clew::onnx {

/// A value's place: so many graphs outwards, and its slot there. Slot -1: left out.
struct Ref {
  int out = 0;
  int slot = -1;
};

struct Plan;

struct Step {
  const Node *node = nullptr;
  const Op *op = nullptr;
  const Plan *function = nullptr; ///< instead of `op`: a function of the file
  int64_t opset = 0;
  std::vector<Ref> inputs;
  std::vector<bool> last;   ///< which inputs nobody reads afterwards
  std::vector<int> outputs; ///< slots; -1: nobody reads it
  std::vector<int> dead;    ///< slots, read by bodies in the node alone, that nobody reads afterwards
  std::vector<bool> constant;
  mutable std::shared_ptr<void> kept;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<int> inputs; ///< slots
  std::vector<Ref> outputs;
  std::vector<std::pair<int, Value>> constants; ///< by slot
  int slots = 0;
  std::map<const Graph *, std::unique_ptr<Plan>> bodies;
};

/// Opsets by domain.
using Opsets = std::map<std::string, int64_t>;

/// Makes plans. Nodes of functions are copied with the attributes of their caller, and `copies` keeps them.
class Planner {
public:
  Planner(const Model &model, std::string where, const EvaluatorLimits &limits);

  Result<std::unique_ptr<Plan>> plan();

  std::vector<std::unique_ptr<Plan>> functions;
  std::vector<std::unique_ptr<Graph>> copies;
  std::shared_ptr<Memory> memory; ///< of constants

private:
  /// A graph while it is planned, and the one that it stands in.
  struct Scope {
    const Scope *outer = nullptr;
    Plan *plan = nullptr;
    std::map<std::string, int> slots;
    std::set<int> constant; ///< slots
  };
  bool graph(const Graph &graph, const Opsets &opsets, const Scope *outer, Plan &out, bool function);
  bool nodes(const std::vector<const Node *> &nodes, const Opsets &opsets, Scope &scope);
  bool step(const Node &node, const Opsets &opsets, Scope &scope, Step &out);
  bool takeFunction(const Node &node, Step &out);
  bool bodiesOf(const Node &node, const Opsets &opsets, Scope &scope);
  bool fold(const Step &step, Scope &scope);
  void findLastReads(Plan &plan) const;
  void readsOf(const Plan &plan, int depth, std::set<int> &slots) const;
  Ref find(const std::string &name, const Scope &scope) const;
  void note(std::string text);

  const Model &model;
  std::string where;
  EvaluatorLimits limits;
  size_t planned = 0;
  size_t copied = 0; ///< nodes of functions, each time that one is called
  int depth = 0;
  std::set<std::string> problems;
};

/// A node for messages: "node 'x' (MatMul)".
std::string nameOf(const Node &node);

/// Runs one op, with what Op::halves says of types.
void runOp(const Op &op, Call &call);

} // namespace clew::onnx
