// See ModelIdentity.h.
#include "suites/run/ModelIdentity.h"

#include "runtime/base/Sha256.h"

#include <fmt/format.h>

namespace clew {
namespace {

/// Text whose parts cannot run into each other: each string stands behind its length.
class Identity {
public:
  void add(const std::string &part) { all += fmt::format("{}:{};", part.size(), part); }
  void add(ValueRef value) { all += fmt::format("{}.{};", value.node, value.result); }
  void add(const Attribute &value) {
    add(fmt::format("{}", value.index()));
    add(std::visit([](const auto &v) { return fmt::format("{}", v); }, value));
  }
  const std::string &text() const { return all; }

private:
  std::string all;
};

} // namespace

Result<std::string> modelSha256(const Model &model) {
  Identity identity;
  identity.add(model.name());
  for (const ModelInput &input : model.inputs) {
    identity.add(input.name);
    if (!isStandard(input)) { // others keep the hash that they had
      identity.add("of " + input.level + " in " + input.holder + (input.optional ? " or zeros" : "") +
                   (input.at.empty() ? "" : " at " + input.at));
    }
  }
  identity.add(model.text.tokenizer);
  identity.add(render(model.text.single));
  identity.add(render(model.text.pair));
  if (const auto &characters = model.text.characters) { // others keep the hash that they had
    identity.add(fmt::format("characters {} {}", characters->most, characters->padding));
  }
  for (const Node &node : model.nodes) {
    identity.add(node.op);
    identity.add(node.name);
    if (!node.weights.empty()) { // others keep the hash that they had
      identity.add("weights " + node.weights);
      for (const std::string &suffix : node.shared) {
        identity.add(suffix);
      }
    }
    for (ValueRef operand : node.operands) {
      identity.add(operand);
    }
    for (const auto &[name, value] : node.attributes) {
      identity.add(name);
      identity.add(value);
    }
  }
  for (const auto &[name, value] : model.outputs) {
    identity.add(name);
    identity.add(value);
  }
  return sha256Of(identity.text());
}

} // namespace clew
