// checkModel: names of values and what functions call. See OnnxReader.h.
#include "runtime/onnx/OnnxReader.h"
#include "runtime/weights/StoredType.h"

#include <fmt/format.h>
#include <map>
#include <tuple>
#include <unordered_set>

namespace clew::onnx {
namespace {

/// Names that a graph defines; those of the graphs around it are seen, too.
class Scope {
public:
  Scope(const Scope *outer) : outer(outer) {}

  bool sees(const std::string &name) const { return names.contains(name) || (outer && outer->sees(name)); }
  bool define(const std::string &name) { return names.insert(name).second; }

private:
  const Scope *outer;
  std::unordered_set<std::string> names;
};

class Checker {
public:
  explicit Checker(const std::string &where) : where(where) {}

  Result<void> graph(const Graph &graph, const Scope *outer) {
    Scope scope(outer);
    for (const ValueInfo &input : graph.inputs) {
      if (input.name.empty() || !scope.define(input.name)) {
        return bad(fmt::format("expected inputs with names of their own, found {} again", quoteName(input.name)));
      }
    }
    std::unordered_set<std::string> initializers;
    for (const Tensor &tensor : graph.initializers) {
      // An initializer may give an input its default; two of one name would be two values.
      if (tensor.name.empty() || !initializers.insert(tensor.name).second) {
        return bad(
            fmt::format("expected initializers with names of their own, found {} again", quoteName(tensor.name)));
      }
      scope.define(tensor.name);
    }
    if (const Result<void> right = nodes(graph.nodes, scope); !right) {
      return right;
    }
    std::unordered_set<std::string> outputs;
    for (const ValueInfo &output : graph.outputs) {
      if (!scope.sees(output.name)) {
        return bad(fmt::format("output {} is made by no node", quoteName(output.name)));
      }
      if (!outer && !outputs.insert(output.name).second) {
        return bad(fmt::format("expected outputs with names of their own, found {} twice", quoteName(output.name)));
      }
    }
    return {};
  }

  Result<void> function(const Function &function) {
    Scope scope(nullptr);
    for (const std::string &input : function.inputs) {
      if (input.empty() || !scope.define(input)) {
        return bad(fmt::format("function {}: expected inputs with names of their own, found {} again",
                               quoteName(function.name), quoteName(input)));
      }
    }
    if (const Result<void> right = nodes(function.nodes, scope); !right) {
      return right;
    }
    for (const std::string &output : function.outputs) {
      if (!scope.sees(output)) {
        return bad(
            fmt::format("function {}: output {} is made by no node", quoteName(function.name), quoteName(output)));
      }
    }
    return {};
  }

private:
  Result<void> nodes(const std::vector<Node> &nodes, Scope &scope) {
    for (const Node &node : nodes) {
      for (const std::string &input : node.inputs) {
        if (!input.empty() && !scope.sees(input)) {
          return bad(fmt::format("node {} ({}) reads {}, which no node before it makes", quoteName(node.name),
                                 quoteName(node.type), quoteName(input)));
        }
      }
      std::unordered_set<std::string> attributes;
      for (const Attribute &attribute : node.attributes) {
        if (!attributes.insert(attribute.name).second) {
          return bad(fmt::format("node {} ({}) has the attribute {} twice", quoteName(node.name), quoteName(node.type),
                                 quoteName(attribute.name)));
        }
        if (const auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
          if (const Result<void> right = graph(**body, &scope); !right) {
            return right;
          }
        }
      }
      for (const std::string &output : node.outputs) {
        if (!output.empty() && !scope.define(output)) {
          return bad(fmt::format("node {} ({}) makes {}, which is there already", quoteName(node.name),
                                 quoteName(node.type), quoteName(output)));
        }
      }
    }
    return {};
  }

  Result<void> bad(std::string message) const { return fail(ErrorKind::BadInput, std::move(message), where); }

  const std::string &where;
};

using FunctionKey = std::tuple<std::string, std::string, std::string>;

/// Calls between functions, which must not come back to where they began.
class CallCheck {
public:
  explicit CallCheck(const Model &model) : model(model) {
    for (size_t i = 0; i < model.functions.size(); ++i) {
      const Function &function = model.functions[i];
      unique = index.emplace(FunctionKey(function.domain, function.name, function.overload), i).second && unique;
    }
    states.resize(model.functions.size());
    heights.resize(model.functions.size());
  }

  bool allUnique() const { return unique; }

  /// Whether what function `i` calls ends, at most mostGraphDepth calls deep.
  bool ends(size_t i, int depth = 0) {
    if (states[i] == State::Ends && depth + heights[i] <= mostGraphDepth) {
      return true;
    }
    if (states[i] == State::Open || depth > mostGraphDepth) {
      return false;
    }
    states[i] = State::Open;
    int height = 0;
    const bool good = calls(model.functions[i].nodes, depth, height);
    states[i] = State::Ends;
    heights[i] = height;
    return good;
  }

private:
  enum class State : uint8_t { Unknown, Open, Ends };

  bool calls(const std::vector<Node> &nodes, int depth, int &height) {
    for (const Node &node : nodes) {
      if (const auto found = index.find(FunctionKey(node.domain, node.type, node.overload)); found != index.end()) {
        if (!ends(found->second, depth + 1)) {
          return false;
        }
        height = std::max(height, heights[found->second] + 1);
      }
      for (const Attribute &attribute : node.attributes) {
        const auto *body = std::get_if<std::shared_ptr<Graph>>(&attribute.value);
        if (body && !calls((*body)->nodes, depth, height)) {
          return false;
        }
      }
    }
    return true;
  }

  const Model &model;
  std::map<FunctionKey, size_t> index;
  std::vector<State> states;
  std::vector<int> heights;
  bool unique = true;
};

} // namespace

Result<void> checkModel(const Model &model, const std::string &where) {
  Checker checker(where);
  if (const Result<void> right = checker.graph(model.graph, nullptr); !right) {
    return right;
  }
  CallCheck calls(model);
  if (!calls.allUnique()) {
    return fail(ErrorKind::BadInput, "expected functions with names of their own, found two of one name", where);
  }
  for (size_t i = 0; i < model.functions.size(); ++i) {
    if (const Result<void> right = checker.function(model.functions[i]); !right) {
      return right;
    }
    if (!calls.ends(i)) {
      return fail(ErrorKind::BadInput,
                  fmt::format("function {} calls itself, or others more than {} deep",
                              quoteName(model.functions[i].name), mostGraphDepth),
                  where);
    }
  }
  return {};
}

} // namespace clew::onnx
