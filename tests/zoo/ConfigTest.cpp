// The map `config:` of a checkpoint: rules get the params of a size, a head's stand beside the body's, and mistakes have places.
#include "zoo/Head.h"
#include "zoo/ModelReader.h"

#include "tests/runtime/base/TemporaryFolder.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace clew;

namespace {

constexpr const char *body = R"(model: tiny
source: none
params: {width: 4, eps: 1.0e-6}
sizes: {base: {}, wide: {width: 8}}
inputs: [ids, offsets]
graph:
  - words: {op: embedding, ids: ids, count: 10, width: $width}
  - norm: {op: layer_norm, x: words, eps: $eps}
  - pooled: {op: first, x: norm, offsets: offsets}
outputs: {hidden: norm, pooled: pooled}
checkpoint:
  hub:
    names: {words: table, norm: LayerNorm}
    endings: {LayerNorm.weight: LayerNorm.gamma}
    config:
      width: {is: $width, otherwise: 16}
      act: {is: [gelu, gelu_python], otherwise: gelu}
      eps: {is: $eps}
      decoder: {is: false}
      architectures: {each: "Tiny*"}
    config_absent: [pruned]
    config_ignore: ["_*"]
)";

constexpr const char *head = R"(head: classify
source: none
params: {labels: 2}
takes: [pooled]
graph:
  - classifier: {op: linear, x: pooled, width: $labels}
outputs: {logits: classifier}
checkpoint:
  hub:
    names: {classifier: classifier}
    config:
      architectures: {each: "*ForSequenceClassification"}
      id2label: {count: $labels}
    config_absent: [pruned, function]
)";

const ConfigForm &configOf(const Model &model) { return model.checkpoints.at(0).form.config; }

const ConfigRule &rule(const Model &model, const std::string &key, size_t number = 0) {
  for (const ConfigRule &candidate : configOf(model).rules) {
    if (candidate.key == key && number-- == 0) {
      return candidate;
    }
  }
  FAIL("no rule for " << key);
  return configOf(model).rules.front();
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("rules have the values of the size") {
  for (const auto &[size, width] : {std::pair("base", 4), std::pair("wide", 8)}) {
    const Result<Model> model = parseModel(body, "f.yaml", size);
    REQUIRE_MESSAGE(model.has_value(), model.error().render());
    CHECK(rule(*model, "width").accepted == std::vector<ConfigValue>{int64_t{width}});
    CHECK(rule(*model, "width").otherwise == ConfigValue(int64_t{16}));
    CHECK(rule(*model, "act").accepted == std::vector<ConfigValue>{"gelu", "gelu_python"});
    CHECK(rule(*model, "eps").accepted == std::vector<ConfigValue>{1e-6});
    CHECK(rule(*model, "eps").otherwise == std::nullopt);
    CHECK(rule(*model, "decoder").accepted == std::vector<ConfigValue>{false});
    CHECK(rule(*model, "architectures").kind == ConfigRule::Kind::Each);
    CHECK(configOf(*model).absent == std::vector<std::string>{"pruned"});
    CHECK(configOf(*model).ignore == std::vector<std::string>{"_*"});
    CHECK(model->checkpoints[0].form.endings.at(0).second == "LayerNorm.gamma");
  }
}

TEST_CASE("a head's rules stand beside the body's, and count its labels") {
  const TemporaryFolder folder;
  const Result<Model> model = withHead(*parseModel(body, "f.yaml"), *readModelFile(folder.write("head.yaml", head)), 7);
  REQUIRE_MESSAGE(model.has_value(), model.error().render());
  CHECK(rule(*model, "architectures", 0).accepted == std::vector<ConfigValue>{"Tiny*"});
  CHECK(rule(*model, "architectures", 1).accepted == std::vector<ConfigValue>{"*ForSequenceClassification"});
  CHECK(rule(*model, "id2label").kind == ConfigRule::Kind::Count);
  CHECK(rule(*model, "id2label").accepted == std::vector<ConfigValue>{int64_t{7}});
  CHECK(std::ranges::count(configOf(*model).absent, "function") == 1);
}

TEST_CASE("mistakes in rules have places") {
  struct Mistake {
    const char *from;
    const char *to;
    const char *error;
  };
  const Mistake mistakes[] = {
      {"{is: $eps}", "{is: $epsilon}", "18:17: unknown param '$epsilon'"},
      {"{is: $eps}", "{}", "18:7: expected one of 'is', 'each' and 'count' for config key 'eps'"},
      {"{is: $eps}", "{is: 1, count: 1}", "18:7: expected one of 'is', 'each' and 'count' for config key 'eps'"},
      {"{is: $eps}", "1", "18:12: expected a map for config key 'eps', found '1'"},
      {"{is: $eps}", "{is: $eps, other: 1}", "18:23: unknown key 'other' in config key 'eps'"},
      {"{is: $eps}", "{count: $eps}", "18:20: expected an integer for the 'count' of 'eps', found '$eps'"},
      {"{is: $eps}", "{is: []}", "18:17: expected 1 to 64 values for 'eps'"},
      {"{is: $eps}", "{is: {a: 1}}", "18:17: expected a number, true, false or a text for 'eps', found a map"},
      {"[\"_*\"]", "[\"*a*\"]", "22:21: expected at most one * in a name of 'config_ignore', found '*a*'"},
      {"config_absent: [pruned]", "config_absent: pruned",
       "21:20: expected a list for 'config_absent', found 'pruned'"},
      {"{LayerNorm.weight: LayerNorm.gamma}", "[a]", "14:14: expected a map for 'endings', found a list"}};
  for (const Mistake &mistake : mistakes) {
    const std::vector<Error> errors = checkModelText(replaced(body, mistake.from, mistake.to), "f");
    REQUIRE_MESSAGE(!errors.empty(), mistake.to);
    CHECK(errors[0].where + ": " + errors[0].message == "f:" + std::string(mistake.error));
  }
}
