// What a file must get right whatever the size: values before they are used, every value used, blocks without recursion,
// unique path components.
#include "yaml/Suggest.h"
#include "zoo/ModelSyntax.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace clew {
namespace {

constexpr int deepestBlocks = 32;

template <typename T> const T *named(const std::vector<T> &list, std::string_view wanted) {
  for (const T &item : list) {
    if (item.name.name == wanted) {
      return &item;
    }
  }
  return nullptr;
}

bool contains(const std::vector<Named> &list, std::string_view wanted) {
  return std::ranges::any_of(list, [&](const Named &item) { return item.name == wanted; });
}

/// Checks one block's (or the graph's) values.
class ScopeCheck {
public:
  ScopeCheck(const ModelSyntax &syntax, const BlockSyntax &block, std::set<std::string> &usedInputs,
             std::set<std::string> &usedBlocks, Diagnostics &diagnostics)
      : syntax(syntax), block(block), isGraph(&block == &syntax.graph), usedInputs(usedInputs), usedBlocks(usedBlocks),
        diagnostics(diagnostics) {}

  /// Values of this block that nobody uses.
  std::vector<Named> unused;

  void run();

private:
  struct Value {
    Spot at;
    bool used = false;
    bool repeated = false;
  };

  void define(const Named &name, bool repeated);
  void component(const std::string &name, Spot at);
  void use(const Named &value);
  void expression(const Expression &expression);
  void blockArguments(const Expression &expression);
  void outputs();
  bool isInput(std::string_view name) const { return contains(syntax.graph.takes, name); }

  const ModelSyntax &syntax;
  const BlockSyntax &block;
  const bool isGraph;
  std::set<std::string> &usedInputs;
  std::set<std::string> &usedBlocks;
  Diagnostics &diagnostics;
  std::map<std::string, Value> values;
  std::set<std::string> components;
};

void ScopeCheck::define(const Named &name, bool repeated) {
  if (isInput(name.name)) {
    diagnostics.error(name.at, "'" + name.name + "' is an input already, and inputs are known everywhere");
  } else if (!values.try_emplace(name.name, Value{name.at, false, repeated}).second) {
    diagnostics.error(name.at, "'" + name.name + "' is defined already");
  }
}

void ScopeCheck::component(const std::string &name, Spot at) {
  if (!components.insert(name).second) {
    diagnostics.error(at, "the path component '" + name + "' is taken already; give another 'name'");
  }
}

void ScopeCheck::use(const Named &value) {
  if (isInput(value.name)) {
    usedInputs.insert(value.name);
    return;
  }
  if (const auto found = values.find(value.name); found != values.end()) {
    found->second.used = true;
    return;
  }
  if (const StepSyntax *later = named(block.steps, value.name)) {
    diagnostics.error(value.at, "'" + value.name + "' is not defined yet, its step is on line " +
                                    std::to_string(later->name.at.line));
    return;
  }
  std::vector<std::string> names;
  for (const auto &[name, known] : values) {
    names.push_back(name);
  }
  for (const Named &input : syntax.graph.takes) {
    names.push_back(input.name);
  }
  diagnostics.error(value.at, "unknown value '" + value.name + "'" + didYouMean(value.name, names));
}

void ScopeCheck::blockArguments(const Expression &expression) {
  const BlockSyntax *called = syntax.block(expression.block.name);
  if (!called) {
    std::vector<std::string> names;
    for (const BlockSyntax &known : syntax.blocks) {
      names.push_back(known.name.name);
    }
    diagnostics.error(expression.block.at,
                      "unknown block '" + expression.block.name + "'" + didYouMean(expression.block.name, names));
    return;
  }
  usedBlocks.insert(called->name.name);
  std::vector<std::string> takes;
  for (const Named &take : called->takes) {
    takes.push_back(take.name);
    if (!std::ranges::any_of(expression.arguments, [&](const Argument &a) { return a.key == take.name; })) {
      diagnostics.error(expression.at, "missing '" + take.name + "', which block '" + called->name.name + "' takes");
    }
  }
  for (const Argument &argument : expression.arguments) {
    if (std::ranges::find(takes, argument.key) == takes.end()) {
      takes.insert(takes.end(), {"name", "repeat", "share"});
      diagnostics.error(argument.keyAt, "unknown key '" + argument.key + "', block '" + called->name.name +
                                            "' does not take it" + didYouMean(argument.key, takes));
    }
  }
  if (expression.repeat && called->takes.empty()) {
    diagnostics.error(expression.repeat->at,
                      "block '" + called->name.name + "' takes nothing, so a repeat could not pass its result on");
  }
}

void ScopeCheck::expression(const Expression &expression) {
  for (const Argument &argument : expression.arguments) {
    if (!argument.value.empty()) {
      use({argument.value, argument.at});
    }
    for (const Expression &nested : argument.nested) {
      this->expression(nested);
      if (!nested.name.empty()) {
        component(nested.name, nested.at);
      }
    }
  }
  if (!expression.op && !expression.block.name.empty()) {
    blockArguments(expression);
  }
}

void ScopeCheck::outputs() {
  std::set<std::pair<std::string, bool>> names;
  for (const OutputSyntax &output : syntax.outputs) {
    names.insert({output.name.name, output.family});
    for (const OutputSyntax::Item &item : output.items) {
      if (item.value.name.empty()) {
        continue;
      }
      if (isInput(item.value.name)) {
        diagnostics.error(item.value.at, "'" + item.value.name + "' is an input and cannot be an output");
        continue;
      }
      use(item.value);
      const auto found = values.find(item.value.name);
      if (item.each && found != values.end() && !found->second.repeated) {
        diagnostics.error(item.value.at, "'" + item.value.name + ".*' needs a step with 'repeat'");
      }
    }
  }
  const bool logits = syntax.kind == FileKind::Model && names.contains({"logits", false});
  if (logits && syntax.head.empty()) {
    diagnostics.error(syntax.name.at,
                      "missing 'head' in a model with the output 'logits': the kind of task that they answer");
  }
  if (!syntax.head.empty() && !logits) {
    diagnostics.error(syntax.name.at, "a model with 'head' needs the output 'logits'");
  }
}

void ScopeCheck::run() {
  if (!isGraph) {
    for (const Named &take : block.takes) {
      define(take, false);
    }
  }
  for (const StepSyntax &step : block.steps) {
    expression(step.expression);
    const bool explicitName = !step.expression.name.empty();
    component(explicitName ? step.expression.name : step.name.name, explicitName ? step.expression.at : step.name.at);
    define(step.name, step.expression.repeat.has_value());
  }
  if (isGraph) {
    outputs();
  } else if (!block.gives.name.empty()) {
    use(block.gives);
  }
  for (const auto &[name, value] : values) {
    if (!value.used) {
      unused.push_back({name, value.at});
    }
  }
}

/// Longest chain of blocks below each block; reports cycles and chains that are too long.
class NestingCheck {
public:
  NestingCheck(const ModelSyntax &syntax, Diagnostics &diagnostics) : syntax(syntax), diagnostics(diagnostics) {}

  int depth(const BlockSyntax &block, int above) {
    if (const auto known = depths.find(block.name.name); known != depths.end()) {
      return known->second;
    }
    open.insert(block.name.name);
    int deepest = 0;
    for (const StepSyntax &step : block.steps) {
      const BlockSyntax *called = step.expression.op ? nullptr : syntax.block(step.expression.block.name);
      if (!called) {
        continue;
      }
      if (open.contains(called->name.name)) {
        diagnostics.error(step.expression.block.at, "block '" + called->name.name + "' contains itself");
      } else if (above >= deepestBlocks) {
        diagnostics.error(step.expression.block.at,
                          "blocks are nested more than " + std::to_string(deepestBlocks) + " deep");
      } else {
        deepest = std::max(deepest, depth(*called, above + 1));
      }
    }
    open.erase(block.name.name);
    if (deepest + 1 > deepestBlocks) {
      diagnostics.error(block.name.at, "blocks are nested more than " + std::to_string(deepestBlocks) + " deep");
    }
    return depths[block.name.name] = deepest + 1;
  }

private:
  const ModelSyntax &syntax;
  Diagnostics &diagnostics;
  std::set<std::string> open;
  std::unordered_map<std::string, int> depths;
};

} // namespace

const ParamSyntax *ModelSyntax::param(std::string_view wanted) const { return named(params, wanted); }
const BlockSyntax *ModelSyntax::block(std::string_view wanted) const { return named(blocks, wanted); }
const SizeSyntax *ModelSyntax::size(std::string_view wanted) const { return named(sizes, wanted); }

void checkSyntax(const ModelSyntax &syntax, Diagnostics &diagnostics) {
  // What could not be read may be what uses the rest, so unused names are said only of a file that was read whole.
  const bool whole = !diagnostics.any();
  std::set<std::string> usedInputs;
  std::set<std::string> usedBlocks;
  std::vector<Named> unused;
  auto check = [&](const BlockSyntax &block) {
    ScopeCheck scope(syntax, block, usedInputs, usedBlocks, diagnostics);
    scope.run();
    unused.insert(unused.end(), scope.unused.begin(), scope.unused.end());
  };
  NestingCheck nesting(syntax, diagnostics);
  for (const BlockSyntax &block : syntax.blocks) {
    check(block);
    nesting.depth(block, 1);
  }
  check(syntax.graph);
  if (!whole) {
    return;
  }
  for (const Named &value : unused) {
    diagnostics.error(value.at, "'" + value.name + "' is never used");
  }
  for (const BlockSyntax &block : syntax.blocks) {
    if (!usedBlocks.contains(block.name.name)) {
      diagnostics.error(block.name.at, "block '" + block.name.name + "' is never used");
    }
  }
  for (const ParamSyntax &param : syntax.params) {
    if (!param.used) {
      diagnostics.error(param.name.at, "param '" + param.name.name + "' is never used");
    }
  }
  for (const Named &input : syntax.graph.takes) {
    const bool cuts = std::ranges::any_of(syntax.inputs, [&](const ModelInput &other) {
      return syntax.kind == FileKind::Head && other.name == input.name && !other.holder.empty();
    });
    if (!cuts && !usedInputs.contains(input.name)) { // that a head's level is cut is use enough
      diagnostics.error(input.at, "'" + input.name + "' is never used");
    }
  }
}

} // namespace clew
