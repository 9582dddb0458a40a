// The top level of a model or head file: names, params, sizes, blocks, outputs.
#include "zoo/SyntaxReader.h"

#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>

namespace clew {
namespace {

constexpr std::string_view textKey = "text"; // of a model, and of a size
constexpr size_t mostSizes = 64;             // each may have 100,000 nodes
constexpr size_t mostNames = 256;            // of params, blocks, and in one list: look-ups are linear

/// Names of architectures, sizes and heads: they become parts of specifications (bert/base) and of folders.
bool isZooName(std::string_view text) {
  auto isAllowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(text, isAllowed);
}

Named readZooName(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  const auto text = textOf(node, what, diagnostics);
  if (text && !isZooName(*text)) {
    diagnostics.error(node.at, "expected a name of a-z, 0-9, -, _ and . for " + what + ", found " + describe(node));
  }
  return {text.value_or(""), node.at};
}

std::vector<ParamSyntax> readParams(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<ParamSyntax> params;
  expectMap(node, "'params'", diagnostics);
  if (node.entries.size() > mostNames) {
    diagnostics.error(node.at, "more than " + std::to_string(mostNames) + " params");
    return params;
  }
  for (const YamlEntry &entry : node.entries) {
    if (!isIdentifier(entry.key)) {
      diagnostics.error(entry.at, "expected a name of letters, digits and _ for a param, found '" + entry.key + "'");
    }
    if (entry.key == textKey) {
      diagnostics.error(entry.at, "a param cannot be called 'text': a size says by it how it reads texts");
    }
    const auto value = literalOf(entry.value, "param '" + entry.key + "'", diagnostics);
    params.push_back({{entry.key, entry.at}, value.value_or(Attribute(int64_t{1}))});
  }
  return params;
}

/// A size may give a param another value of the same type; an integer will do where the default is a number.
void readOverride(const YamlEntry &entry, const ModelSyntax &syntax, SizeSyntax &size, Diagnostics &diagnostics) {
  const ParamSyntax *param = syntax.param(entry.key);
  if (!param) {
    std::vector<std::string> names;
    for (const ParamSyntax &known : syntax.params) {
      names.push_back(known.name.name);
    }
    diagnostics.error(entry.at, "size '" + size.name.name + "' sets '" + entry.key + "', which is no param" +
                                    didYouMean(entry.key, names));
    return;
  }
  auto value = literalOf(entry.value, "param '" + entry.key + "'", diagnostics);
  if (!value) {
    return;
  }
  if (std::holds_alternative<double>(param->value) && std::holds_alternative<int64_t>(*value)) {
    value = static_cast<double>(std::get<int64_t>(*value));
  }
  if (value->index() != param->value.index()) {
    diagnostics.error(entry.value.at, "expected " + std::string(typeName(param->value)) + " for param '" + entry.key +
                                          "', found " + describe(entry.value) +
                                          (entry.value.quoted ? ", a text in quotes" : ""));
    return;
  }
  size.overrides.push_back({{entry.key, entry.at}, *value});
}

/// Also where it names its tokenizer, if it does.
TextForm readText(const YamlNode &node, Spot &tokenizerAt, Diagnostics &diagnostics) {
  if (const YamlEntry *tokenizer = node.find("tokenizer")) {
    tokenizerAt = tokenizer->value.at;
  }
  return readTextForm(node, diagnostics);
}

std::vector<SizeSyntax> readSizes(const YamlNode &node, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  std::vector<SizeSyntax> sizes;
  expectMap(node, "'sizes'", diagnostics);
  if (node.kind == YamlNode::Kind::Map && node.entries.empty()) {
    diagnostics.error(node.at, "expected at least one size, for instance {base: {}}");
  }
  if (node.entries.size() > mostSizes) {
    diagnostics.error(node.at, "more than " + std::to_string(mostSizes) + " sizes");
    return sizes;
  }
  for (const YamlEntry &entry : node.entries) {
    if (!isZooName(entry.key)) {
      diagnostics.error(entry.at, "expected a name of a-z, 0-9, -, _ and . for a size, found '" + entry.key + "'");
    }
    SizeSyntax size{.name = {entry.key, entry.at}};
    expectMap(entry.value, "size '" + entry.key + "'", diagnostics);
    for (const YamlEntry &override : entry.value.entries) {
      if (override.key == textKey) {
        size.text = readText(override.value, size.tokenizerAt, diagnostics);
      } else {
        readOverride(override, syntax, size, diagnostics);
      }
    }
    sizes.push_back(std::move(size));
  }
  return sizes;
}

BlockSyntax readBlock(const YamlEntry &entry, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  BlockSyntax block;
  block.name = {entry.key, entry.at};
  const std::string what = "block '" + entry.key + "'";
  if (!isIdentifier(entry.key)) {
    diagnostics.error(entry.at, "expected a name of letters, digits and _ for a block, found '" + entry.key + "'");
  }
  YamlFields fields(entry.value, what, diagnostics);
  if (const YamlEntry *takes = fields.find("takes")) {
    block.takes = readNames(takes->value, "what " + what + " takes", diagnostics);
  }
  for (const Named &take : block.takes) {
    if (take.name == "op" || take.name == "block" || take.name == "name" || take.name == "repeat" ||
        take.name == "share") {
      diagnostics.error(take.at, "'" + take.name + "' is a key of steps and cannot name a value");
    }
  }
  if (const YamlEntry *steps = fields.need("steps")) {
    block.steps = readSteps(steps->value, what, syntax, diagnostics);
  }
  if (const YamlEntry *gives = fields.need("gives")) {
    block.gives = {textOf(gives->value, "what " + what + " gives", diagnostics).value_or(""), gives->value.at};
  }
  fields.finish();
  return block;
}

OutputSyntax::Item readOutputItem(const YamlNode &node, const std::string &what, bool family,
                                  Diagnostics &diagnostics) {
  std::string text = textOf(node, what, diagnostics).value_or("");
  const bool each = text.ends_with(".*");
  if (each) {
    text.resize(text.size() - 2);
  }
  if (each && !family) {
    diagnostics.error(node.at,
                      "'" + text + ".*' is several values; only an output with a name like 'hidden.*' takes them");
  }
  return {{text, node.at}, each};
}

OutputSyntax readOutput(const YamlEntry &entry, Diagnostics &diagnostics) {
  OutputSyntax output{{entry.key, entry.at}, entry.key.ends_with(".*"), {}};
  if (output.family) {
    output.name.name.resize(entry.key.size() - 2);
  }
  const std::string what = "output '" + entry.key + "'";
  if (!isIdentifier(output.name.name)) {
    diagnostics.error(entry.at, "expected a name, or a name and .* for a numbered family, found '" + entry.key + "'");
  }
  if (output.family) {
    for (const YamlNode *item : itemsOf(entry.value, what, diagnostics)) {
      output.items.push_back(readOutputItem(*item, what, true, diagnostics));
    }
  } else {
    output.items.push_back(readOutputItem(entry.value, what, false, diagnostics));
  }
  return output;
}

/// What stands in models only.
void readModelFields(YamlFields &fields, ModelSyntax &syntax, Diagnostics &diagnostics) {
  if (const YamlEntry *sizes = fields.need("sizes")) {
    syntax.sizes = readSizes(sizes->value, syntax, diagnostics);
  }
  if (const YamlEntry *head = fields.find("head")) {
    syntax.head = readZooName(head->value, "'head'", diagnostics).name;
  }
  if (const YamlEntry *heads = fields.find("heads")) {
    expectMap(heads->value, "'heads'", diagnostics);
    for (const YamlEntry &entry : heads->value.entries) {
      syntax.heads[entry.key] = readZooName(entry.value, "the head for '" + entry.key + "' tasks", diagnostics).name;
    }
  }
  if (const YamlEntry *text = fields.find("text")) {
    syntax.text = readText(text->value, syntax.tokenizerAt, diagnostics);
  }
  if (const YamlEntry *inputs = fields.need("inputs")) {
    readInputs(inputs->value, syntax, diagnostics);
  }
}

void readGraph(YamlFields &fields, ModelSyntax &syntax, Diagnostics &diagnostics) {
  if (const YamlEntry *blocks = fields.find("blocks")) {
    expectMap(blocks->value, "'blocks'", diagnostics);
    if (blocks->value.entries.size() > mostNames) {
      diagnostics.error(blocks->at, "more than " + std::to_string(mostNames) + " blocks");
      return;
    }
    for (const YamlEntry &entry : blocks->value.entries) {
      syntax.blocks.push_back(readBlock(entry, syntax, diagnostics));
    }
  }
  if (const YamlEntry *graph = fields.need("graph")) {
    syntax.graph.name.at = graph->at;
    syntax.graph.steps = readSteps(graph->value, "'graph'", syntax, diagnostics);
  }
  if (const YamlEntry *outputs = fields.need("outputs")) {
    expectMap(outputs->value, "'outputs'", diagnostics);
    if (outputs->value.kind == YamlNode::Kind::Map && outputs->value.entries.empty()) {
      diagnostics.error(outputs->value.at, "expected at least one output");
    }
    if (outputs->value.entries.size() > mostNames) {
      diagnostics.error(outputs->value.at, "more than " + std::to_string(mostNames) + " outputs");
      return;
    }
    for (const YamlEntry &entry : outputs->value.entries) {
      syntax.outputs.push_back(readOutput(entry, diagnostics));
    }
  }
  if (const YamlEntry *checkpoint = fields.find("checkpoint")) {
    syntax.checkpoints = readCheckpoints(checkpoint->value, syntax, diagnostics);
  }
}

} // namespace

std::vector<Named> readNames(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  std::vector<Named> names;
  if (node.items.size() > mostNames) {
    diagnostics.error(node.at, "more than " + std::to_string(mostNames) + " names in " + what);
    return names;
  }
  for (const YamlNode *item : itemsOf(node, what, diagnostics)) {
    const auto text = textOf(*item, what, diagnostics);
    if (!text) {
      continue;
    }
    if (!isIdentifier(*text)) {
      diagnostics.error(item->at, "expected a name of letters, digits and _ in " + what + ", found " + describe(*item));
    }
    if (std::ranges::any_of(names, [&](const Named &name) { return name.name == *text; })) {
      diagnostics.error(item->at, "'" + *text + "' stands twice in " + what);
    }
    names.push_back({*text, item->at});
  }
  return names;
}

ModelSyntax readSyntax(const YamlNode &root, Diagnostics &diagnostics) {
  ModelSyntax syntax;
  syntax.file = diagnostics.fileName();
  const bool head = root.find("head") && !root.find("model");
  syntax.kind = head ? FileKind::Head : FileKind::Model;
  YamlFields fields(root, head ? "a head" : "a model", diagnostics);
  if (const YamlEntry *name = fields.need(head ? "head" : "model")) {
    syntax.name = readZooName(name->value, head ? "'head'" : "'model'", diagnostics);
  }
  if (const YamlEntry *source = fields.need("source")) {
    syntax.source = textOf(source->value, "'source'", diagnostics).value_or("");
  }
  if (const YamlEntry *params = fields.find("params")) {
    syntax.params = readParams(params->value, diagnostics);
  }
  if (head) {
    syntax.kinds = {syntax.name.name};
    if (const YamlEntry *kinds = fields.find("kinds")) {
      syntax.kinds.clear();
      for (const Named &kind : readNames(kinds->value, "'kinds'", diagnostics)) {
        syntax.kinds.push_back(kind.name);
      }
    }
    if (const YamlEntry *takes = fields.need("takes")) {
      syntax.graph.takes = readNames(takes->value, "what the head takes", diagnostics);
    }
    if (const YamlEntry *inputs = fields.find("inputs")) {
      readHeadInputs(inputs->value, syntax, diagnostics);
    }
  } else {
    readModelFields(fields, syntax, diagnostics);
  }
  readGraph(fields, syntax, diagnostics);
  fields.finish();
  return syntax;
}

} // namespace clew
