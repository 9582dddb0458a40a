// See Plan.h.
#include "runtime/evaluate/Plan.h"

#include "runtime/onnx/OnnxReader.h"
#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

namespace clew::onnx {

std::string nameOf(const Node &node) {
  const std::string type = node.domain.empty() ? node.type : node.domain + "." + node.type;
  return fmt::format("node {} ({})", quoteName(node.name), quoteName(type));
}

static std::string keyOf(const Node &node) { return node.domain.empty() ? node.type : node.domain + "." + node.type; }

/// Whether `list`, words with spaces between, has `word`.
static bool lists(std::string_view list, std::string_view word) {
  return std::ranges::any_of(std::views::split(list, ' '),
                             [&](auto part) { return std::string_view(part.begin(), part.end()) == word; });
}

Planner::Planner(const Model &model, std::string where, const EvaluatorLimits &limits)
    : memory(std::make_shared<Memory>(limits.mostFoldedBytes)), model(model), where(std::move(where)), limits(limits) {}

void Planner::note(std::string text) {
  if (problems.size() < 100) {
    problems.insert(std::move(text));
  }
}

Result<std::unique_ptr<Plan>> Planner::plan() {
  Opsets opsets(model.otherOpsets.begin(), model.otherOpsets.end());
  opsets[""] = model.opset;
  const bool known = model.opset >= oldestOpset && model.opset <= newestOpset;
  if (!known && model.opset != 0) {
    return fail(ErrorKind::Unsupported,
                fmt::format("expected an opset from {} to {}, found {}", oldestOpset, newestOpset, model.opset), where);
  }
  auto plan = std::make_unique<Plan>();
  if (!graph(model.graph, opsets, nullptr, *plan, false)) {
    std::string text;
    for (const std::string &problem : problems) {
      text += (text.empty() ? "" : "; ") + problem;
    }
    return fail(ErrorKind::Unsupported, text, where);
  }
  return plan;
}

Ref Planner::find(const std::string &name, const Scope &scope) const {
  int out = 0;
  for (const Scope *at = &scope; at; at = at->outer, ++out) {
    if (const auto found = at->slots.find(name); found != at->slots.end()) {
      return {out, found->second};
    }
  }
  return {};
}

/// Names that a node's bodies read from outside of them, and those that the node reads.
static void namesRead(const Node &node, std::unordered_set<std::string> &names) {
  names.insert(node.inputs.begin(), node.inputs.end());
  for (const Attribute &attribute : node.attributes) {
    if (const auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
      for (const Node &inner : (*body)->nodes) {
        namesRead(inner, names);
      }
      for (const ValueInfo &output : (*body)->outputs) {
        names.insert(output.name);
      }
    }
  }
}

/// The nodes whose results reach an output.
static std::vector<const Node *> neededNodes(const Graph &graph) {
  std::unordered_set<std::string> names;
  for (const ValueInfo &output : graph.outputs) {
    names.insert(output.name);
  }
  std::vector<const Node *> needed;
  for (const Node &node : std::views::reverse(graph.nodes)) {
    if (std::ranges::any_of(node.outputs, [&](const std::string &name) { return names.contains(name); })) {
      needed.push_back(&node);
      namesRead(node, names);
    }
  }
  std::ranges::reverse(needed);
  return needed;
}

bool Planner::graph(const Graph &graph, const Opsets &opsets, const Scope *outer, Plan &out, bool function) {
  Scope scope{function ? nullptr : outer, &out, {}, {}};
  for (const ValueInfo &input : graph.inputs) {
    scope.slots[input.name] = out.slots;
    out.inputs.push_back(out.slots++);
  }
  for (const Tensor &tensor : graph.initializers) {
    const auto [place, fresh] = scope.slots.emplace(tensor.name, out.slots);
    out.slots += fresh ? 1 : 0;
    Array array = arrayOf(tensor, *memory);
    if (!array.data && !array.strings) {
      note(fmt::format("initializer {} is larger than what is kept in memory", quoteName(tensor.name)));
      return false;
    }
    out.constants.emplace_back(place->second, Value(std::move(array)));
    if (fresh) {
      scope.constant.insert(place->second);
    }
  }
  if (!nodes(neededNodes(graph), opsets, scope)) {
    return false;
  }
  for (const ValueInfo &output : graph.outputs) {
    out.outputs.push_back(find(output.name, scope));
  }
  findLastReads(out);
  return true;
}

bool Planner::nodes(const std::vector<const Node *> &nodes, const Opsets &opsets, Scope &scope) {
  bool good = true;
  for (const Node *node : nodes) {
    if (++planned > mostNodes) {
      note(fmt::format("the graph makes more than {} nodes", mostNodes));
      return false;
    }
    Step next;
    if (!step(*node, opsets, scope, next)) {
      good = false; // all of them are named
    }
    for (const std::string &output : node->outputs) {
      if (!output.empty()) {
        scope.slots[output] = scope.plan->slots;
      }
      next.outputs.push_back(output.empty() ? -1 : scope.plan->slots++);
    }
    if (good && !fold(next, scope)) {
      scope.plan->steps.push_back(std::move(next));
    }
  }
  return good;
}

bool Planner::step(const Node &node, const Opsets &opsets, Scope &scope, Step &out) {
  out.node = &node;
  for (const std::string &input : node.inputs) {
    out.inputs.push_back(input.empty() ? Ref{} : find(input, scope));
    const Ref ref = out.inputs.back();
    out.constant.push_back(ref.slot >= 0 && ref.out == 0 && scope.constant.contains(ref.slot));
  }
  const auto opset = opsets.find(node.domain);
  if (opset != opsets.end()) {
    out.opset = opset->second;
  }
  for (const Function &function : model.functions) {
    if (function.domain == node.domain && function.name == node.type && function.overload == node.overload) {
      return takeFunction(node, out);
    }
  }
  const auto known = allOps().find(keyOf(node));
  if (known == allOps().end() || opset == opsets.end()) {
    note(known == allOps().end() ? fmt::format("op {} is not known", quoteName(keyOf(node)))
                                 : fmt::format("no opset is imported for {}", quoteName(keyOf(node))));
    return false;
  }
  out.op = &known->second;
  for (const Attribute &attribute : node.attributes) {
    if (!lists(out.op->attributes, attribute.name)) {
      note(fmt::format("op {} has the attribute {}, which is not known", quoteName(keyOf(node)),
                       quoteName(attribute.name)));
      return false;
    }
  }
  return bodiesOf(node, opsets, scope);
}

bool Planner::bodiesOf(const Node &node, const Opsets &opsets, Scope &scope) {
  for (const Attribute &attribute : node.attributes) {
    if (const auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
      auto plan = std::make_unique<Plan>();
      if (!graph(**body, opsets, &scope, *plan, false)) {
        return false;
      }
      scope.plan->bodies[body->get()] = std::move(plan);
    }
  }
  return true;
}

/// Attributes of a function's nodes that stand for those of its caller, put in place, also inside of bodies.
static void bindAttributes(std::vector<Node> &nodes, const std::vector<const Attribute *> &given) {
  for (Node &node : nodes) {
    std::vector<Attribute> bound;
    for (Attribute &attribute : node.attributes) {
      if (!attribute.reference.empty()) {
        const auto found =
            std::ranges::find_if(given, [&](const Attribute *a) { return a->name == attribute.reference; });
        if (found != given.end()) {
          bound.push_back({attribute.name, (*found)->value});
        }
        continue;
      }
      if (auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
        *body = std::make_shared<Graph>(**body);
        bindAttributes((*body)->nodes, given);
      }
      bound.push_back(std::move(attribute));
    }
    node.attributes = std::move(bound);
  }
}

bool Planner::takeFunction(const Node &node, Step &out) {
  const auto &function = *std::ranges::find_if(model.functions, [&](const Function &f) {
    return f.domain == node.domain && f.name == node.type && f.overload == node.overload;
  });
  if (node.inputs.size() > function.inputs.size() || depth >= mostGraphDepth) {
    note(fmt::format("function {} takes {} inputs, found {}", quoteName(function.name), function.inputs.size(),
                     node.inputs.size()));
    return false;
  }
  // A few functions that call each other several times would make any number of nodes.
  constexpr size_t mostCopied = size_t{1} << 16;
  copied += function.nodes.size();
  if (copied > mostCopied) {
    note(fmt::format("functions make more than {} nodes", mostCopied));
    return false;
  }
  std::vector<const Attribute *> given;
  for (const Attribute &attribute : node.attributes) {
    given.push_back(&attribute);
  }
  for (const Attribute &attribute : function.defaults) {
    given.push_back(&attribute); // behind: what the node says is found first
  }
  auto copy = std::make_unique<Graph>();
  copy->nodes = function.nodes;
  bindAttributes(copy->nodes, given);
  for (const std::string &input : function.inputs) {
    copy->inputs.push_back({input, DataType::Undefined, {}, false});
  }
  for (const std::string &output : function.outputs) {
    copy->outputs.push_back({output, DataType::Undefined, {}, false});
  }
  Opsets opsets;
  for (const auto &[domain, version] : function.opsets) {
    opsets[domain == "ai.onnx" ? "" : domain] = version;
  }
  auto plan = std::make_unique<Plan>();
  ++depth;
  const bool good = graph(*copy, opsets, nullptr, *plan, true);
  --depth;
  out.function = plan.get();
  functions.push_back(std::move(plan));
  copies.push_back(std::move(copy));
  return good;
}

/// Runs a step whose inputs are all constants; its results are constants then. False: it stays a step.
bool Planner::fold(const Step &step, Scope &scope) {
  if (!step.op || !step.op->pure || !scope.plan) {
    return false;
  }
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    if (step.inputs[i].slot >= 0 && !step.constant[i]) {
      return false;
    }
  }
  Call call;
  call.node = step.node;
  call.opset = step.opset;
  call.memory = memory.get();
  for (const Ref &ref : step.inputs) {
    call.inputs.emplace_back();
    for (const auto &[slot, value] : scope.plan->constants) {
      if (slot == ref.slot) {
        call.inputs.back() = value;
      }
    }
  }
  runOp(*step.op, call);
  if (!call.ok()) {
    return false; // it says so when it runs
  }
  call.outputs.resize(step.outputs.size());
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] >= 0) {
      scope.plan->constants.emplace_back(step.outputs[i], std::move(call.outputs[i]));
      scope.constant.insert(step.outputs[i]);
    }
  }
  return true;
}

/// Slots of the graph `depth` graphs outwards that a body reads.
void Planner::readsOf(const Plan &plan, int depth, std::set<int> &slots) const {
  const auto take = [&](const Ref &ref) {
    if (ref.slot >= 0 && ref.out == depth) {
      slots.insert(ref.slot);
    }
  };
  for (const Step &step : plan.steps) {
    std::ranges::for_each(step.inputs, take);
  }
  std::ranges::for_each(plan.outputs, take);
  for (const auto &[graph, body] : plan.bodies) {
    readsOf(*body, depth + 1, slots);
  }
}

void Planner::findLastReads(Plan &plan) const {
  std::set<int> read;
  for (const Ref &output : plan.outputs) {
    if (output.out == 0) {
      read.insert(output.slot);
    }
  }
  for (Step &step : std::views::reverse(plan.steps)) {
    std::set<int> bodies;
    for (const Attribute &attribute : step.node->attributes) {
      if (const auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
        if (const auto found = plan.bodies.find(body->get()); found != plan.bodies.end()) {
          readsOf(*found->second, 1, bodies);
        }
      }
    }
    step.last.assign(step.inputs.size(), false);
    for (size_t i = step.inputs.size(); i-- > 0;) {
      const Ref ref = step.inputs[i];
      step.last[i] = ref.slot >= 0 && ref.out == 0 && !bodies.contains(ref.slot) && read.insert(ref.slot).second;
    }
    for (const int slot : bodies) {
      if (read.insert(slot).second) {
        step.dead.push_back(slot);
      }
    }
    for (int &output : step.outputs) {
      output = read.contains(output) ? output : -1;
    }
  }
}

} // namespace clew::onnx
