// The map `config:` of a checkpoint: what the file config.json beside published weights must say.
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <array>

namespace clew {
namespace {

constexpr size_t mostRules = 256;
constexpr size_t mostAccepted = 64;

constexpr std::array kinds{ConfigRule::Kind::Is, ConfigRule::Kind::Each, ConfigRule::Kind::Count};

bool isWhole(const Scalar &scalar, const ModelSyntax &syntax) {
  const ParamSyntax *param = syntax.param(scalar.param);
  return std::holds_alternative<int64_t>(param ? param->value : scalar.literal);
}

/// A value, or a list of those of which one will do.
void readAccepted(const YamlNode &node, ConfigRuleSyntax &rule, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  const std::string what = "'" + rule.key + "'";
  const bool list = node.kind == YamlNode::Kind::Sequence;
  if (list && (node.items.empty() || node.items.size() > mostAccepted)) {
    diagnostics.error(node.at, "expected 1 to " + std::to_string(mostAccepted) + " values for " + what);
    return;
  }
  for (const YamlNode &item : list ? node.items : std::vector{node}) {
    rule.accepted.push_back(readScalar(item, what, syntax, diagnostics));
    if (rule.kind == ConfigRule::Kind::Count && !isWhole(rule.accepted.back(), syntax)) {
      diagnostics.error(item.at, "expected an integer for the 'count' of " + what + ", found " + describe(item));
    }
  }
}

ConfigRuleSyntax readRule(const YamlEntry &entry, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  ConfigRuleSyntax rule{entry.key, ConfigRule::Kind::Is, {}, std::nullopt};
  YamlFields fields(entry.value, "config key '" + entry.key + "'", diagnostics);
  int given = 0;
  for (const ConfigRule::Kind kind : kinds) {
    if (const YamlEntry *accepted = fields.find(nameOf(kind))) {
      ++given;
      rule.kind = kind;
      readAccepted(accepted->value, rule, syntax, diagnostics);
    }
  }
  if (given != 1 && entry.value.kind == YamlNode::Kind::Map) {
    diagnostics.error(entry.at, "expected one of 'is', 'each' and 'count' for config key '" + entry.key + "'");
  }
  if (const YamlEntry *otherwise = fields.find("otherwise")) {
    rule.otherwise = readScalar(otherwise->value, "'" + entry.key + "'", syntax, diagnostics);
  }
  fields.finish();
  return rule;
}

} // namespace

std::vector<ConfigRuleSyntax> readConfigRules(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics) {
  std::vector<ConfigRuleSyntax> rules;
  expectMap(node, "'config'", diagnostics);
  if (node.entries.size() > mostRules) {
    diagnostics.error(node.at, "more than " + std::to_string(mostRules) + " keys in 'config'");
    return rules;
  }
  for (const YamlEntry &entry : node.entries) {
    rules.push_back(readRule(entry, syntax, diagnostics));
  }
  return rules;
}

} // namespace clew
