// What a small file means: the expanded list of nodes, compared with one written by hand.
#include "zoo/ModelReader.h"

#include <doctest/doctest.h>

#include <string>

using namespace clew;

namespace {

/// "op NAME(operands) {attributes} @line:column", operands as %node or input names.
std::string show(const Model &model, const Node &node) {
  std::string text = node.op + " " + node.name + "(";
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const ValueRef &operand = node.operands[i];
    text += i == 0 ? "" : ", ";
    text += operand.node < 0 ? model.inputs.at(static_cast<size_t>(operand.result)).name
                             : "%" + std::to_string(operand.node);
  }
  text += ")";
  for (const auto &[name, value] : node.attributes) {
    text += " " + name + "=";
    if (const auto *whole = std::get_if<int64_t>(&value)) {
      text += std::to_string(*whole);
    } else if (const auto *flag = std::get_if<bool>(&value)) {
      text += *flag ? "true" : "false";
    } else if (const auto *number = std::get_if<double>(&value)) {
      text += std::to_string(*number);
    }
  }
  return text + " @" + std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
}

std::string show(const Model &model) {
  std::string lines;
  for (const Node &node : model.nodes) {
    lines += show(model, node) + "\n";
  }
  return lines;
}

constexpr const char *example = R"(model: tiny
source: none
params: {layers: 2, width: 4, rate: 0.0}
sizes: {base: {}, one: {layers: 1}, dropped: {rate: 0.5}}
inputs: [ids, offsets]
blocks:
  layer:
    takes: [x]
    steps:
      - up: {op: linear, x: x, width: 8, bias: false}
      - down: {op: linear, x: {op: gelu, x: up}, width: $width, name: back}
      - out: {op: add, x: x, y: {op: dropout, x: {op: layer_norm, x: down, name: norm}, rate: $rate}}
    gives: out
graph:
  - words: {op: embedding, ids: ids, count: 10, width: $width}
  - layer: {block: layer, x: words, repeat: $layers}
  - pooled: {op: first, x: layer, offsets: offsets}
outputs: {hidden: layer, hidden.*: [words, layer.*], pooled: pooled}
)";

} // namespace

TEST_CASE("blocks, repeats, params and nested ops are written out") {
  const auto model = parseModel(example, "tiny.yaml");
  REQUIRE_MESSAGE(model, model.error().render());
  CHECK(model->name() == "tiny/base");
  CHECK(model->inputs == std::vector<ModelInput>{{"ids", "tokens"}, {"offsets", "tokens", "batch"}});
  CHECK(show(*model) == R"(embedding words(ids) count=10 width=4 @15:12
linear layer.0.up(%0) width=8 bias=false @10:13
gelu layer.0.back(%1) @11:31
linear layer.0.back(%2) width=4 @11:15
layer_norm layer.0.norm(%3) @12:50
dropout layer.0.out(%4) rate=0.000000 @12:33
add layer.0.out(%0, %5) @12:14
linear layer.1.up(%6) width=8 bias=false @10:13
gelu layer.1.back(%7) @11:31
linear layer.1.back(%8) width=4 @11:15
layer_norm layer.1.norm(%9) @12:50
dropout layer.1.out(%10) rate=0.000000 @12:33
add layer.1.out(%6, %11) @12:14
first pooled(%12, offsets) @17:13
)");
  const std::vector<std::pair<std::string, ValueRef>> outputs = {
      {"hidden", {12, 0}}, {"hidden.0", {0, 0}}, {"hidden.1", {6, 0}}, {"hidden.2", {12, 0}}, {"pooled", {13, 0}}};
  CHECK(model->outputs == outputs);
}

TEST_CASE("a size overrides params, and so does the caller") {
  CHECK(parseModel(example, "tiny.yaml", "one")->nodes.size() == 8);
  CHECK(parseModel(example, "tiny.yaml", "one", {{"layers", int64_t{3}}})->nodes.size() == 20);
  CHECK(std::get<double>(parseModel(example, "tiny.yaml", "dropped")->nodes[5].attributes[0].second) == 0.5);
  CHECK(parseModel(example, "tiny.yaml", "base", {{"depth", int64_t{3}}}).error().message ==
        "'tiny' has no param 'depth'");
}

TEST_CASE("a size may read texts in a form of its own") {
  std::string text = example;
  const std::string from = "one: {layers: 1}";
  text.replace(text.find(from), from.size(), "one: {layers: 1, text: {tokenizer: words, single: \"<s> A\"}}");
  const auto base = parseModel(text, "f", "base");
  const auto one = parseModel(text, "f", "one");
  REQUIRE_MESSAGE(base, base.error().render());
  REQUIRE_MESSAGE(one, one.error().render());
  CHECK(!base->text.stated);
  CHECK(one->text.stated);
  CHECK(one->text.tokenizer == "words");
  CHECK(render(one->text.single) == "<s> A");
  CHECK(one->text.pair.empty());
  CHECK(one->tokenizerAt.line == 4);
  CHECK(withParams(*one, {{"width", int64_t{8}}})->text.tokenizer == "words");
}

TEST_CASE("a number may be added to an integer's param, whatever sets that") {
  std::string text = example;
  text.replace(text.find("width: 8"), 8, "width: $layers + 6");
  text += R"yaml(checkpoint:
  other:
    names:
      words: table
      layer.{n}.up.weight: {tensor: "up_{n}", shape: [$layers + 65536, 4], rows: [0, $layers + 6]}
      layer.{n}.back: back_{n}
      layer.{n}.norm: norm_{n}
)yaml";
  for (const int64_t layers : {2, 3}) {
    const auto model = parseModel(text, "tiny.yaml", "base", {{"layers", layers}});
    REQUIRE_MESSAGE(model, model.error().render());
    CHECK(std::get<int64_t>(model->nodes[1].attributes[0].second) == layers + 6);
    const TensorPart &part = model->checkpoints.at(0).entries.at(1).recipe.blocks.at(0).at(0);
    CHECK(part.shape == std::vector<int64_t>{layers + 65536, 4});
    CHECK(part.rows == TensorRange{TensorRange::Kind::Span, 0, layers + 6});
  }
}

TEST_CASE("without a checkpoint map, tensors are called like parameters") {
  const auto model = parseModel(example, "tiny.yaml", "one");
  REQUIRE(model);
  REQUIRE(model->checkpoints.size() == 1);
  std::vector<std::string> names;
  for (const CheckpointEntry &entry : model->checkpoints[0].entries) {
    CHECK(entry.recipe.tensors() == std::vector<std::string>{entry.parameter});
    names.push_back(entry.parameter);
  }
  CHECK(names == std::vector<std::string>{"words.weight", "layer.0.up.weight", "layer.0.back.weight",
                                          "layer.0.back.bias", "layer.0.norm.weight", "layer.0.norm.bias"});
}

TEST_CASE("share makes one set of weights serve all repeats") {
  std::string text = example;
  text.replace(text.find("repeat: $layers"), 15, "repeat: $layers, share: true");
  const auto model = parseModel(text, "tiny.yaml");
  REQUIRE_MESSAGE(model, model.error().render());
  CHECK(model->nodes.size() == 14);
  CHECK(model->nodes[1].name == "layer.up");
  CHECK(model->nodes[7].name == "layer.up");
  CHECK(model->checkpoints[0].entries.size() == 6);
}

TEST_CASE("a checkpoint may name nodes or single parameters, and sum tensors") {
  std::string text = example;
  text += R"yaml(checkpoint:
  other:
    names:
      words: table
      layer.{n}.up.weight: up_{n}
      layer.{n}.back.weight: back_{n}
      layer.{n}.back.bias: ["one_{n}", "two_{n}"]
      layer.{n}.norm: norms.{n}
)yaml";
  const auto model = parseModel(text, "tiny.yaml");
  REQUIRE_MESSAGE(model, model.error().render());
  const auto &entries = model->checkpoints.at(0).entries;
  CHECK(entries.at(0).recipe.tensors() == std::vector<std::string>{"table.weight"});
  CHECK(entries.at(1).recipe.tensors() == std::vector<std::string>{"up_0"});
  CHECK(entries.at(3).recipe.tensors() == std::vector<std::string>{"one_0", "two_0"});
  CHECK(entries.at(9).parameter == "layer.1.norm.weight");
  CHECK(entries.at(9).recipe.tensors() == std::vector<std::string>{"norms.1.weight"});
}

TEST_CASE("a checkpoint may cut, turn, join and shift tensors, and name them after their ops") {
  std::string text = example;
  text += R"yaml(checkpoint:
  other:
    suffixes: {linear.weight: {suffix: /kernel, transpose: true}, bias: /bias, layer_norm.weight: ""}
    names:
      words.weight: {join: [{tensor: a, rows: [0, $layers], plus: -0.5}, [b, {tensor: c, rows: first}]]}
      layer.{n}.up: {tensor: "up_{n}", columns: 2 of 3}
      layer.{n}.back.weight: {tensor: "back_{n}", rows: [1, end], columns: [2 of 2, 1 of 2], transpose: true}
      layer.{n}.back.bias: {tensor: "bias_{n}", shape: [1, $layers], axes: [1, 0]}
      layer.{n}.norm.weight: {tensor: "norms_{n}", elements: [0, $layers], shape: [1, $layers]}
      layer.{n}.norm.bias: {fill: 0.25}
)yaml";
  const auto model = parseModel(text, "tiny.yaml");
  REQUIRE_MESSAGE(model, model.error().render());
  using Kind = TensorRange::Kind;
  const auto &entries = model->checkpoints.at(0).entries;
  const auto &words = entries.at(0).recipe.blocks;
  REQUIRE(words.size() == 2);
  CHECK(words[0] == std::vector<TensorPart>{{.tensor = "a", .rows = {Kind::Span, 0, 2}, .plus = -0.5F}});
  CHECK(words[1] == std::vector<TensorPart>{{.tensor = "b"}, {.tensor = "c", .rows = {Kind::First}}});
  CHECK(entries.at(0).at.render() == "tiny.yaml:" + std::to_string(entries.at(0).at.line) + ":7");
  CHECK(entries.at(1).recipe.blocks ==
        std::vector<std::vector<TensorPart>>{
            {{.tensor = "up_0/kernel", .columns = {Kind::Share, 2, 3}, .transpose = true}}});
  const TensorRange tail{Kind::Span, 1, TensorRange::wholeRest};
  CHECK(entries.at(2).recipe.blocks ==
        std::vector<std::vector<TensorPart>>{
            {{.tensor = "back_0", .rows = tail, .columns = {Kind::Share, 2, 2}, .transpose = true}},
            {{.tensor = "back_0", .rows = tail, .columns = {Kind::Share, 1, 2}, .transpose = true}}});
  CHECK(entries.at(3).recipe.blocks ==
        std::vector<std::vector<TensorPart>>{{{.tensor = "bias_0", .shape = {1, 2}, .axes = {1, 0}}}});
  CHECK(entries.at(9).recipe.blocks ==
        std::vector<std::vector<TensorPart>>{{{.tensor = "norms_1", .elements = {Kind::Span, 0, 2}, .shape = {1, 2}}}});
  CHECK(entries.at(10).recipe.blocks == std::vector<std::vector<TensorPart>>{{{.tensor = "", .plus = 0.25F}}});
  CHECK(entries.at(10).recipe.tensors().empty());
}

TEST_CASE("a suffix may state parts, and a format may be like one above it") {
  std::string text = example;
  text += R"yaml(checkpoint:
  library:
    suffixes:
      linear.weight: {join: [{tensor: /kernel, rows: 2 of 2}, {tensor: /kernel, rows: 1 of 2, plus: 1.0}]}
      linear.bias: {tensor: /bias, rows: first}
    names:
      words: table
      layer.{n}.up: up_{n}
      layer.{n}.back: back_{n}
      layer.{n}.norm: norm_{n}
  sister:
    like: library
    names:
      words: {fill: 0}
)yaml";
  const auto model = parseModel(text, "tiny.yaml");
  REQUIRE_MESSAGE(model, model.error().render());
  const auto &entries = model->checkpoints.at(0).entries;
  const TensorRange second{TensorRange::Kind::Share, 2, 2};
  const TensorRange first{TensorRange::Kind::Share, 1, 2};
  const std::vector<std::vector<TensorPart>> parts = {{{.tensor = "up_0/kernel", .rows = second}},
                                                      {{.tensor = "up_0/kernel", .rows = first, .plus = 1.0F}}};
  CHECK(entries.at(1).parameter == "layer.0.up.weight");
  CHECK(entries.at(1).recipe.blocks == parts);
  CHECK(entries.at(3).recipe.tensors() == std::vector<std::string>{"back_0/bias"});
  CHECK(entries.at(4).recipe.tensors() == std::vector<std::string>{"norm_0.weight"});
  const auto &sisters = model->checkpoints.at(1).entries;
  CHECK(sisters.at(0).recipe.tensors().empty());
  CHECK(sisters.at(1).recipe.blocks == parts);
}
