// The `inputs` of a model: what a batch brings, and which levels that makes.
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <algorithm>
#include <iterator>

namespace clew {
namespace {

void readList(const YamlNode &node, ModelSyntax &syntax, Diagnostics &diagnostics) {
  syntax.graph.takes = readNames(node, "'inputs'", diagnostics);
  std::vector<std::string> known;
  std::ranges::transform(standardInputs(), std::back_inserter(known), &ModelInput::name);
  for (const Named &input : syntax.graph.takes) {
    const auto standard = std::ranges::find(standardInputs(), input.name, &ModelInput::name);
    if (standard == standardInputs().end()) {
      diagnostics.error(input.at, "unknown input '" + input.name + "', a list may have " + quotedList(known) +
                                      "; a map says of others what they are: {" + input.name + ": {of: tokens}}");
    }
    syntax.inputs.push_back(standard == standardInputs().end() ? ModelInput{input.name, "tokens"} : *standard);
  }
}

std::string nameOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  const auto text = textOf(node, what, diagnostics);
  if (text && !isIdentifier(*text)) {
    diagnostics.error(node.at, "expected a name of letters, digits and _ for " + what + ", found " + describe(node));
  }
  return text.value_or("");
}

/// `{of: characters}`, `{of: characters, in: tokens}`, `{of: tokens, otherwise: 0}`, `{of: masks, at: tokens}`.
ModelInput readInput(const YamlEntry &entry, Diagnostics &diagnostics) {
  ModelInput input = {entry.key, ""};
  YamlFields fields(entry.value, "input '" + entry.key + "'", diagnostics);
  if (const YamlEntry *level = fields.need("of")) {
    input.level = nameOf(level->value, "'of'", diagnostics);
  }
  if (const YamlEntry *holder = fields.find("in")) {
    input.holder = nameOf(holder->value, "'in'", diagnostics);
  }
  if (const YamlEntry *otherwise = fields.find("otherwise")) {
    input.optional = intOf(otherwise->value, "'otherwise'", 0, 0, diagnostics).has_value();
    if (!input.holder.empty()) {
      diagnostics.error(otherwise->at, "offsets have no 'otherwise': only a batch knows where its elements stand");
    }
  }
  if (const YamlEntry *at = fields.find("at")) {
    input.at = nameOf(at->value, "'at'", diagnostics);
    if (!input.holder.empty() || input.optional) {
      diagnostics.error(at->at, "offsets, and values that may be missing, have no 'at'");
    }
  }
  fields.finish();
  if (!isIdentifier(entry.key)) {
    diagnostics.error(entry.at, "expected a name of letters, digits and _ for an input, found '" + entry.key + "'");
  }
  return input;
}

/// Which level an input cuts it out of; empty for the root and for levels that nobody cuts.
std::string holderOf(const ModelSyntax &syntax, const std::string &level) {
  const auto cuts = std::ranges::find_if(
      syntax.inputs, [&](const ModelInput &input) { return !input.holder.empty() && input.level == level; });
  return cuts == syntax.inputs.end() ? "" : cuts->holder;
}

/// Each level but the batch is cut once, out of a level that goes back to the batch.
void checkLevels(const ModelSyntax &syntax, Diagnostics &diagnostics) {
  std::vector<std::string> reached = {"batch"};
  for (size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const ModelInput &input : syntax.inputs) {
      const auto has = [&](const std::string &level) { return std::ranges::find(reached, level) != reached.end(); };
      if (!input.holder.empty() && has(input.holder) && !has(input.level)) {
        reached.push_back(input.level);
      }
    }
  }
  for (size_t i = 0; i < syntax.inputs.size(); ++i) {
    const ModelInput &input = syntax.inputs[i];
    const Spot at = i < syntax.graph.takes.size() ? syntax.graph.takes[i].at : syntax.graph.name.at;
    if (!input.at.empty() &&
        (holderOf(syntax, input.at).empty() || holderOf(syntax, input.at) != holderOf(syntax, input.level))) {
      diagnostics.error(at, "'" + input.name + "' says {of: " + input.level + ", at: " + input.at +
                                "}, which must be cut out of one level");
    }
    for (const std::string &level : {input.level, input.holder}) {
      if (!level.empty() && std::ranges::find(reached, level) == reached.end()) {
        diagnostics.error(at, "no input says where the " + level + " of a batch stand: {of: " + level +
                                  ", in: LEVEL} does");
        break;
      }
    }
    const auto cutBefore =
        std::any_of(syntax.inputs.begin(), syntax.inputs.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const ModelInput &other) { return !other.holder.empty() && other.level == input.level; });
    if (!input.holder.empty() && (cutBefore || input.level == "batch" || input.level == input.holder)) {
      diagnostics.error(at, "'" + input.name + "' cuts " + input.level + ", which " +
                                (cutBefore ? "another input cuts" : "nothing can cut"));
    }
  }
}

} // namespace

void readInputs(const YamlNode &node, ModelSyntax &syntax, Diagnostics &diagnostics) {
  if (node.kind == YamlNode::Kind::Map) {
    for (const YamlEntry &entry : node.entries) {
      syntax.inputs.push_back(readInput(entry, diagnostics));
      syntax.graph.takes.push_back({entry.key, entry.at});
    }
  } else {
    readList(node, syntax, diagnostics);
  }
  const auto cutsTokens = [](const ModelInput &input) { return input.level == "tokens" && !input.holder.empty(); };
  if (node.kind != YamlNode::Kind::Map && std::ranges::none_of(syntax.inputs, cutsTokens)) {
    syntax.inputs.push_back(
        standardInputs().back()); // offsets: a batch brings them whether the graph names them or not
  }
  if (!diagnostics.any()) {
    checkLevels(syntax, diagnostics);
  }
}

void readHeadInputs(const YamlNode &node, ModelSyntax &syntax, Diagnostics &diagnostics) {
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.error(node.at,
                      "expected a map of inputs, as {masks: {of: masks, at: tokens}}, found " + describe(node));
    return;
  }
  for (const Named &taken : syntax.graph.takes) {
    syntax.inputs.push_back({taken.name, ""});
  }
  for (const YamlEntry &entry : node.entries) {
    syntax.inputs.push_back(readInput(entry, diagnostics));
    syntax.graph.takes.push_back({entry.key, entry.at});
  }
}

} // namespace clew
