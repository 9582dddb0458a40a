// Writes blocks and repeats out. Everything that a hostile file could make large is bounded here: nodes, repeats, paths.
#include "zoo/Expand.h"

#include "yaml/Suggest.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace clew {
namespace {

constexpr size_t mostNodes = 100000;
constexpr size_t mostOutputs = 4096;
constexpr int64_t mostRepeats = 1024;
constexpr size_t longestPath = 256;

std::string plain(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

std::string join(const std::string &scope, const std::string &component) {
  return scope.empty() ? component : scope + "." + component;
}

using Scope = std::map<std::string_view, ValueRef>;

class Expander {
public:
  Expander(const ModelSyntax &syntax, const Params &params, Diagnostics &diagnostics, Model &model)
      : syntax(syntax), params(params), diagnostics(diagnostics), model(model) {}

  void run();

private:
  void steps(const BlockSyntax &block, Scope &scope, const std::string &path, bool isGraph);
  ValueRef block(const BlockSyntax &block, Scope scope, const std::string &path);
  ValueRef op(const Expression &expression, const Scope &scope, const std::string &scopePath, const std::string &path);
  std::vector<ValueRef> repeated(const Expression &expression, const Scope &scope, const std::string &path);
  ValueRef value(const Argument &argument, const Scope &scope, const std::string &scopePath, const std::string &path);
  std::optional<Attribute> attribute(const AttributeSyntax &given, const OpAttribute &declared);
  void shareParameters(const Named &weights, Node &node);
  int64_t repeatCount(const Scalar &scalar);
  void outputs(const Scope &scope);

  const ModelSyntax &syntax;
  const Params &params;
  Diagnostics &diagnostics;
  Model &model;
  Scope inputs;
  std::map<std::string_view, std::vector<ValueRef>> repeats; ///< results of the graph's repeated steps
  bool full = false;                                         ///< a bound was met: stop
};

std::string shown(const Attribute &value) {
  if (const auto *whole = std::get_if<int64_t>(&value)) {
    return std::to_string(*whole);
  }
  if (const auto *number = std::get_if<double>(&value)) {
    const std::string text = plain(*number);
    return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text; // 64.0 is no integer
  }
  if (const auto *flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  const auto &text = std::get<std::string>(value);
  const bool number = !text.empty() && text.find_first_not_of("+-.0123456789") == std::string::npos;
  return "'" + text + "'" + (number ? ", a text in quotes" : "");
}

std::optional<Attribute> Expander::attribute(const AttributeSyntax &given, const OpAttribute &declared) {
  static constexpr std::string_view words[] = {"an integer", "a number", "true or false", "a text"};
  Attribute value = valueOf(given.value, params);
  const std::string said = shown(value) + (given.value.param.empty() ? "" : " (param '" + given.value.param + "')");
  if (declared.type == AttributeType::Float && std::holds_alternative<int64_t>(value)) {
    value = static_cast<double>(std::get<int64_t>(value));
  }
  if (value.index() != static_cast<size_t>(declared.type)) {
    diagnostics.error(given.value.at, "expected " + std::string(words[static_cast<size_t>(declared.type)]) + " for '" +
                                          given.name + "', found " + said);
    return std::nullopt;
  }
  if (const auto *text = std::get_if<std::string>(&value);
      text && !declared.texts.empty() && std::ranges::find(declared.texts, *text) == declared.texts.end()) {
    std::string known;
    for (std::string_view one : declared.texts) {
      known += (known.empty() ? "'" : one == declared.texts.back() ? " or '" : ", '") + std::string(one) + "'";
    }
    diagnostics.error(given.value.at, "expected " + known + " for '" + given.name + "', found " + said);
    return std::nullopt;
  }
  double number = declared.least;
  if (const auto *whole = std::get_if<int64_t>(&value)) {
    number = static_cast<double>(*whole);
  } else if (const auto *real = std::get_if<double>(&value)) {
    number = *real;
  }
  if (number < declared.least || number > declared.most) {
    diagnostics.error(given.value.at, "expected '" + given.name + "' from " + plain(declared.least) + " to " +
                                          plain(declared.most) + ", found " + said);
    return std::nullopt;
  }
  return value;
}

ValueRef Expander::value(const Argument &argument, const Scope &scope, const std::string &scopePath,
                         const std::string &path) {
  if (!argument.nested.empty()) {
    const Expression &nested = argument.nested.front();
    return op(nested, scope, scopePath, nested.name.empty() ? path : join(scopePath, nested.name));
  }
  if (const auto found = scope.find(argument.value); found != scope.end()) {
    return found->second;
  }
  const auto input = inputs.find(argument.value);
  return input == inputs.end() ? ValueRef{} : input->second;
}

/// `scopePath` is the path of the block around, `path` the op's own.
ValueRef Expander::op(const Expression &expression, const Scope &scope, const std::string &scopePath,
                      const std::string &path) {
  if (full) {
    return {};
  }
  Node node{std::string(expression.op->name), path, {}, {}, {syntax.file, expression.at.line, expression.at.column}};
  for (std::string_view operand : expression.op->operands) { // one that is left out has no value; at the end, no place
    const auto given = std::ranges::find(expression.arguments, operand, &Argument::key);
    node.operands.push_back(given == expression.arguments.end() ? ValueRef{-1, -1}
                                                                : value(*given, scope, scopePath, path));
  }
  while (!node.operands.empty() && !node.operands.back().given()) {
    node.operands.pop_back();
  }
  for (const AttributeSyntax &given : expression.attributes) {
    const auto declared = std::ranges::find(expression.op->attributes, given.name, &OpAttribute::name);
    if (auto resolved = attribute(given, *declared)) {
      node.attributes.emplace_back(given.name, std::move(*resolved));
    }
  }
  if (!expression.weights.name.empty()) {
    shareParameters(expression.weights, node);
  }
  if (model.nodes.size() >= mostNodes) {
    diagnostics.error(expression.at, "the graph has more than " + std::to_string(mostNodes) + " nodes");
    full = true;
  } else if (path.size() > longestPath) {
    diagnostics.error(expression.at, "a path is longer than " + std::to_string(longestPath) + " letters");
    full = true;
  }
  model.nodes.push_back(std::move(node));
  return {static_cast<int>(model.nodes.size()) - 1, 0};
}

/// `weights` names a node that stands before this one; of its parameters, those that both have are one.
void Expander::shareParameters(const Named &weights, Node &node) {
  const auto owner = std::ranges::find(model.nodes, weights.name, &Node::name);
  if (owner == model.nodes.end() && syntax.kind == FileKind::Head) { // the body's, if it has such a step
    node.weights = weights.name;
    node.ofBody = true;
    node.shared = {"weight"};
    return;
  }
  if (owner == model.nodes.end()) {
    diagnostics.error(weights.at, "expected the path of a step above for 'weights', found '" + weights.name + "'");
    return;
  }
  const std::vector<std::string_view> there = parametersOf(*owner);
  for (std::string_view suffix : parametersOf(node)) {
    if (std::ranges::find(there, suffix) != there.end()) {
      node.shared.emplace_back(suffix);
    }
  }
  node.weights = weights.name;
  if (node.shared.empty()) {
    diagnostics.error(weights.at, "'" + weights.name + "' has no parameter that '" + node.op + "' has, too");
  }
}

int64_t Expander::repeatCount(const Scalar &scalar) {
  const Attribute count = valueOf(scalar, params);
  const auto *whole = std::get_if<int64_t>(&count);
  const std::string said = shown(count) + (scalar.param.empty() ? "" : " (param '" + scalar.param + "')");
  if (!whole) {
    diagnostics.error(scalar.at, "expected an integer for 'repeat', found " + said);
    return 1;
  }
  if (*whole < 1 || *whole > mostRepeats) {
    diagnostics.error(scalar.at, "expected 'repeat' from 1 to " + std::to_string(mostRepeats) + ", found " + said);
    return 1;
  }
  return *whole;
}

/// The results of all repeats (one without `repeat`). Each takes the result of the one before in place of what its block
/// takes first.
std::vector<ValueRef> Expander::repeated(const Expression &expression, const Scope &scope, const std::string &path) {
  const BlockSyntax &called = *syntax.block(expression.block.name);
  Scope arguments;
  for (const Named &take : called.takes) {
    const auto given = std::ranges::find(expression.arguments, take.name, &Argument::key);
    arguments[take.name] = value(*given, scope, path, path);
  }
  const int64_t count = expression.repeat ? repeatCount(*expression.repeat) : 1;
  std::vector<ValueRef> results;
  for (int64_t i = 0; i < count && !full; ++i) {
    const bool numbered = expression.repeat && !expression.share;
    results.push_back(block(called, arguments, numbered ? join(path, std::to_string(i)) : path));
    if (!called.takes.empty()) {
      arguments[called.takes.front().name] = results.back();
    }
  }
  return results;
}

ValueRef Expander::block(const BlockSyntax &block, Scope scope, const std::string &path) {
  steps(block, scope, path, false);
  const auto found = scope.find(block.gives.name);
  return found == scope.end() ? ValueRef{} : found->second;
}

void Expander::steps(const BlockSyntax &block, Scope &scope, const std::string &path, bool isGraph) {
  for (const StepSyntax &step : block.steps) {
    if (full) {
      return;
    }
    const Expression &expression = step.expression;
    const std::string own = join(path, expression.name.empty() ? step.name.name : expression.name);
    if (expression.op) {
      scope[step.name.name] = op(expression, scope, path, own);
      continue;
    }
    std::vector<ValueRef> results = repeated(expression, scope, own);
    if (!results.empty()) {
      scope[step.name.name] = results.back();
    }
    if (isGraph && expression.repeat) {
      repeats[step.name.name] = std::move(results);
    }
  }
}

void Expander::outputs(const Scope &scope) {
  for (const OutputSyntax &output : syntax.outputs) {
    std::vector<ValueRef> found;
    for (const OutputSyntax::Item &item : output.items) {
      if (found.size() > mostOutputs) {
        break;
      }
      if (item.each) {
        const auto &all = repeats[item.value.name];
        found.insert(found.end(), all.begin(), all.end());
      } else {
        found.push_back(scope.at(item.value.name));
      }
    }
    if (model.outputs.size() + found.size() > mostOutputs) {
      diagnostics.error(output.name.at, "more than " + std::to_string(mostOutputs) + " outputs");
      return;
    }
    for (size_t i = 0; i < found.size(); ++i) {
      model.outputs.emplace_back(output.name.name + (output.family ? "." + std::to_string(i) : ""), found[i]);
    }
  }
}

void Expander::run() {
  for (size_t i = 0; i < syntax.graph.takes.size(); ++i) {
    const std::string &name = syntax.graph.takes[i].name;
    model.inputs.push_back(i < syntax.inputs.size() ? syntax.inputs[i] : ModelInput{name, ""});
    inputs[name] = {-1, static_cast<int>(i)};
  }
  for (size_t i = model.inputs.size(); i < syntax.inputs.size(); ++i) {
    model.inputs.push_back(syntax.inputs[i]);
  }
  Scope scope;
  steps(syntax.graph, scope, "", true);
  if (!full) {
    outputs(scope);
  }
}

} // namespace

Attribute valueOf(const Scalar &scalar, const Params &params) {
  const auto found = scalar.param.empty() ? params.end() : params.find(scalar.param);
  const Attribute &value = found == params.end() ? scalar.literal : found->second;
  const auto *whole = std::get_if<int64_t>(&value);
  if (!whole || scalar.plus == 0) {
    return value;
  }
  return *whole > std::numeric_limits<int64_t>::max() - scalar.plus ? std::numeric_limits<int64_t>::max()
                                                                    : *whole + scalar.plus;
}

Params paramsOf(const ModelSyntax &syntax, const SizeSyntax *size) {
  Params params;
  for (const ParamSyntax &param : syntax.params) {
    params[param.name.name] = param.value;
  }
  if (size) {
    for (const ParamSyntax &given : size->overrides) {
      params[given.name.name] = given.value;
    }
  }
  return params;
}

Model expand(const ModelSyntax &syntax, const Params &params, Diagnostics &diagnostics) {
  Model model;
  model.architecture = syntax.name.name;
  model.source = syntax.source;
  model.file = syntax.file;
  model.head = syntax.head;
  model.heads = syntax.heads;
  model.kinds = syntax.kinds;
  model.text = syntax.text;
  model.tokenizerAt = {syntax.file, syntax.tokenizerAt.line, syntax.tokenizerAt.column};
  model.params = params;
  Expander(syntax, params, diagnostics, model).run();
  if (!diagnostics.any()) {
    nameTensors(syntax, model, diagnostics);
  }
  return model;
}

} // namespace clew
