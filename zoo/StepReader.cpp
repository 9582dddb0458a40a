// Steps of blocks and graphs: ops and blocks with their operands and attributes.
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <charconv>

namespace clew {
namespace {

constexpr size_t mostSteps = 4096;

class StepReader {
public:
  StepReader(const ModelSyntax &syntax, Diagnostics &diagnostics) : syntax(syntax), diagnostics(diagnostics) {}

  Expression expression(const YamlNode &node, const std::string &what, bool nested);

private:
  void opExpression(YamlFields &fields, const YamlEntry &entry, const YamlNode &node, Expression &result);
  void blockExpression(YamlFields &fields, const YamlEntry &entry, const YamlNode &node, const std::string &what,
                       Expression &result);
  Argument argument(const YamlEntry &entry);

  const ModelSyntax &syntax;
  Diagnostics &diagnostics;
};

Argument StepReader::argument(const YamlEntry &entry) {
  Argument result{entry.key, entry.at, entry.value.at, "", {}};
  const std::string what = "'" + entry.key + "'";
  if (entry.value.kind == YamlNode::Kind::Map) {
    result.nested.push_back(expression(entry.value, what, true));
    return result;
  }
  if (entry.value.kind != YamlNode::Kind::Scalar || !isIdentifier(entry.value.text)) {
    diagnostics.error(entry.value.at,
                      "expected the name of a value, or an op, for " + what + ", found " + describe(entry.value));
    return result;
  }
  result.value = entry.value.text;
  return result;
}

void StepReader::opExpression(YamlFields &fields, const YamlEntry &entry, const YamlNode &node, Expression &result) {
  const auto text = textOf(entry.value, "'op'", diagnostics);
  if (!text) {
    return;
  }
  result.op = findOp(*text);
  if (!result.op) {
    std::vector<std::string> names;
    for (const OpEntry &op : opTable()) {
      names.emplace_back(op.name);
    }
    const bool isBlock = syntax.block(*text) != nullptr;
    const std::string near = didYouMean(*text, names);
    diagnostics.error(entry.value.at,
                      "unknown op '" + *text + "'" +
                          (isBlock ? ", which is a block: write 'block: " + *text + "'"
                                   : near + (near.empty() ? "; ops are " : " Ops are ") + quotedList(names)));
    return;
  }
  if (const YamlEntry *weights = result.op->parameters.empty() ? nullptr : fields.find("weights")) {
    result.weights = {textOf(weights->value, "'weights'", diagnostics).value_or(""), weights->value.at};
  }
  const size_t required = result.op->operands.size() - result.op->optional;
  for (size_t i = 0; i < result.op->operands.size(); ++i) {
    const std::string_view operand = result.op->operands[i];
    if (const YamlEntry *given = i < required ? fields.need(operand) : fields.find(operand)) {
      result.arguments.push_back(argument(*given));
    }
  }
  for (const OpAttribute &attribute : result.op->attributes) {
    const YamlEntry *given = attribute.required ? fields.need(attribute.name) : fields.find(attribute.name);
    if (given) {
      const std::string name(attribute.name);
      result.attributes.push_back({name, readScalar(given->value, "'" + name + "'", syntax, diagnostics)});
    }
  }
  fields.finish();
}

void StepReader::blockExpression(YamlFields &fields, const YamlEntry &entry, const YamlNode &node,
                                 const std::string &what, Expression &result) {
  result.block = {textOf(entry.value, "'block'", diagnostics).value_or(""), entry.value.at};
  if (const YamlEntry *repeat = fields.find("repeat")) {
    result.repeat = readScalar(repeat->value, "'repeat'", syntax, diagnostics);
  }
  if (const YamlEntry *share = fields.find("share")) {
    result.share = boolOf(share->value, "'share'", diagnostics).value_or(false);
    if (!result.repeat) {
      diagnostics.error(share->at,
                        "'share' says that all repeats have the same weights, but " + what + " has no 'repeat'");
    }
  }
  // All other keys are what the block takes; SyntaxCheck compares them when all blocks are known.
  for (const YamlEntry &given : node.entries) {
    if (given.key != "block" && given.key != "name" && given.key != "repeat" && given.key != "share") {
      result.arguments.push_back(argument(given));
    }
  }
}

Expression StepReader::expression(const YamlNode &node, const std::string &what, bool nested) {
  Expression result;
  result.at = node.at;
  YamlFields fields(node, what, diagnostics);
  if (const YamlEntry *name = fields.find("name")) {
    result.name = textOf(name->value, "'name'", diagnostics).value_or("");
    if (!isIdentifier(result.name)) {
      diagnostics.error(name->value.at,
                        "expected a name of letters, digits and _ for 'name', found " + describe(name->value));
    }
  }
  const YamlEntry *op = fields.find("op");
  const YamlEntry *block = fields.find("block");
  if (op && block) {
    diagnostics.error(block->at, what + " has both 'op' and 'block'");
  } else if (op) {
    opExpression(fields, *op, node, result);
  } else if (block && nested) {
    diagnostics.error(block->at, "a block needs a step of its own");
  } else if (block) {
    blockExpression(fields, *block, node, what, result);
  } else if (node.kind == YamlNode::Kind::Map) {
    diagnostics.error(node.at, "missing 'op' or 'block' in " + what);
  }
  if (nested && result.op && !result.op->parameters.empty() && result.name.empty()) {
    diagnostics.error(node.at,
                      "'" + std::string(result.op->name) + "' has parameters, so inside an operand it needs a 'name'");
  }
  return result;
}

/// N of `$param + N`.
int64_t addendOf(const YamlNode &node, size_t at, const ParamSyntax &param, const std::string &what,
                 Diagnostics &diagnostics) {
  constexpr int64_t most = 65536;
  int64_t number = 0;
  const char *end = node.text.data() + node.text.size();
  const auto [stop, wrong] = std::from_chars(node.text.data() + at, end, number);
  if (wrong != std::errc() || stop != end || number < 1 || number > most ||
      !std::holds_alternative<int64_t>(param.value)) {
    diagnostics.error(node.at, "expected `$param + N`, an integer's param and N from 1 to " + std::to_string(most) +
                                   ", for " + what + ", found " + describe(node));
    return 0;
  }
  return number;
}

} // namespace

Scalar readScalar(const YamlNode &node, const std::string &what, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  Scalar result{node.at, "", Attribute(int64_t{0})};
  const bool isParam = node.kind == YamlNode::Kind::Scalar && !node.quoted && node.text.starts_with('$');
  if (!isParam) {
    result.literal = literalOf(node, what, diagnostics).value_or(result.literal);
    return result;
  }
  const size_t sum = node.text.find(" + ");
  result.param = node.text.substr(1, sum == std::string::npos ? sum : sum - 1);
  if (const ParamSyntax *param = syntax.param(result.param)) {
    param->used = true;
    if (sum != std::string::npos) {
      result.plus = addendOf(node, sum + 3, *param, what, diagnostics);
    }
    return result;
  }
  std::vector<std::string> names;
  for (const ParamSyntax &param : syntax.params) {
    names.push_back(param.name.name);
  }
  diagnostics.error(node.at, "unknown param '$" + result.param + "'" + didYouMean(result.param, names));
  return result;
}

std::vector<StepSyntax> readSteps(const YamlNode &node, const std::string &where, const ModelSyntax &syntax,
                                  Diagnostics &diagnostics) {
  std::vector<StepSyntax> steps;
  const auto items = itemsOf(node, "the steps of " + where, diagnostics);
  if (node.kind == YamlNode::Kind::Sequence && items.empty()) {
    diagnostics.error(node.at, "expected at least one step in " + where);
  }
  if (items.size() > mostSteps) {
    diagnostics.error(node.at, "more than " + std::to_string(mostSteps) + " steps in " + where);
    return steps;
  }
  StepReader reader(syntax, diagnostics);
  for (const YamlNode *item : items) {
    if (item->kind != YamlNode::Kind::Map || item->entries.size() != 1) {
      diagnostics.error(
          item->at,
          "expected one 'name: {op: ...}' for a step of " + where + ", found " +
              (item->kind == YamlNode::Kind::Map ? std::to_string(item->entries.size()) + " keys" : describe(*item)));
      continue;
    }
    const YamlEntry &entry = item->entries.front();
    if (!isIdentifier(entry.key)) {
      diagnostics.error(entry.at, "expected a name of letters, digits and _ for a step, found '" + entry.key + "'");
    }
    steps.push_back({{entry.key, entry.at}, reader.expression(entry.value, "step '" + entry.key + "'", false)});
  }
  return steps;
}

} // namespace clew
