// The models that Clew ships: every size reads, has the published number of parameters and the published names.
#include "yaml/YamlDocument.h"
#include "zoo/ModelReader.h"
#include "zoo/OpTable.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

using namespace clew;

namespace {

int64_t whole(const Node &node, std::string_view name) {
  for (const auto &[key, value] : node.attributes) {
    if (key == name) {
      return std::get<int64_t>(value);
    }
  }
  FAIL("no attribute " << name);
  return 0;
}

/// Widths of all values, enough to count parameters. `lstmBiases`: 1 as we hold them, 2 as PyTorch.
int64_t countParameters(const Model &model, int64_t lstmBiases) {
  std::vector<int64_t> widths;
  int64_t count = 0;
  std::set<std::string> seen;
  auto add = [&](const Node &node, int64_t amount) { count += seen.insert(node.name).second ? amount : 0; };
  auto of = [&](const ValueRef &value) { return value.node < 0 ? 0 : widths.at(static_cast<size_t>(value.node)); };
  for (const Node &node : model.nodes) {
    const int64_t in = of(node.operands.at(0));
    int64_t width = in;
    if (node.op == "embedding") {
      width = whole(node, "width");
      add(node, whole(node, "count") * width);
    } else if (node.op == "linear") {
      width = whole(node, "width");
      add(node, width * in + width);
    } else if (node.op == "layer_norm") {
      add(node, 2 * width);
    } else if (node.op == "lstm") {
      width = whole(node, "hidden");
      add(node, 4 * width * (in + width + lstmBiases));
    } else if (node.op == "concat") {
      width = in + of(node.operands.at(1));
    }
    widths.push_back(width);
  }
  return count;
}

std::string models(const std::string &name) { return CLEW_SOURCE_DIR "/zoo/models/" + name + ".yaml"; }

const Checkpoint &checkpoint(const Model &model) { return model.checkpoints.at(0); }

std::map<std::string, std::vector<std::string>> tensors(const Model &model) {
  std::map<std::string, std::vector<std::string>> map;
  for (const CheckpointEntry &entry : checkpoint(model).entries) {
    map[entry.parameter] = entry.recipe.tensors();
  }
  return map;
}

} // namespace

TEST_CASE("all shipped files are right") {
  const auto zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  for (const Error &error : zoo->errors()) {
    FAIL_CHECK(error.render());
  }
  CHECK(zoo->models().size() >= 2);
  CHECK(zoo->heads().size() >= 4);
  for (const auto *files : {&zoo->models(), &zoo->heads()}) {
    for (const ModelFile &file : *files) {
      for (const Error &error : checkModelFile(file.path)) {
        FAIL_CHECK(error.render());
      }
    }
  }
}

TEST_CASE("sizes of bert have the numbers of parameters that were published") {
  // In millions, as hfl's tables round them: MiniRBT's README has 102.3, 59.76 (of which 59.74 are weights), 38.5, 11.4,
  // 10.4 and 12.3; BERT large with this vocabulary has 325.5.
  const std::map<std::string, int64_t> counts = {
      {"base", 102267648},
      {"large", 325522432},
      {"roberta-wwm-ext", 102267648},
      {"roberta-wwm-ext-large", 325522432},
      {"rbt6", 59740416},
      {"rbt3", 38476800},
      {"rbt4-h312", 11419320},
      {"tinybert-6l-768", 59740416},
      {"tinybert-4l-312", 11419320},
      {"minirbt-h288", 12311136},
      {"minirbt-h256", 10345216},
      {"macbert-base", 102267648},
      {"macbert-large", 325522432},
      {"lert-small", 15083776},
      {"base-uncased", 109482240},
      {"base-cased", 108310272},
      {"large-uncased", 335141888},
      {"large-cased", 333579264},
      {"sample", 219072}, // ours: suites/samples
  };
  const auto file = readModelFile(models("bert"));
  REQUIRE(file);
  CHECK(file->defaultSize() == "base");
  CHECK(file->sizes.size() == counts.size());
  for (const std::string &size : file->sizes) {
    CAPTURE(size);
    const auto model = readModel(file->path, size);
    REQUIRE_MESSAGE(model, model.error().render());
    CHECK(countParameters(*model, 1) == counts.at(size));
    const auto layers = std::get<int64_t>(model->params.at("layers"));
    CHECK(model->outputs.size() == static_cast<size_t>(layers) + 3); // hidden, hidden.0..L, pooled
    CHECK(model->outputs.front().second == model->outputs.at(static_cast<size_t>(layers) + 1).second);
  }
}

TEST_CASE("bert's parameters have Hugging Face's names") {
  const auto model = readModel(models("bert"), "rbt3");
  REQUIRE(model);
  auto names = tensors(*model);
  CHECK(names.size() == 3 + 2 + 3 * 16 + 2);
  CHECK(names["embeddings.words.weight"].at(0) == "embeddings.word_embeddings.weight");
  CHECK(names["embeddings.positions.weight"].at(0) == "embeddings.position_embeddings.weight");
  CHECK(names["embeddings.segments.weight"].at(0) == "embeddings.token_type_embeddings.weight");
  CHECK(names["embeddings.norm.bias"].at(0) == "embeddings.LayerNorm.bias");
  CHECK(names["layer.2.self_attention.query.weight"].at(0) == "encoder.layer.2.attention.self.query.weight");
  CHECK(names["layer.2.self_attention.output.bias"].at(0) == "encoder.layer.2.attention.output.dense.bias");
  CHECK(names["layer.0.attention_norm.weight"].at(0) == "encoder.layer.0.attention.output.LayerNorm.weight");
  CHECK(names["layer.1.feed_forward.up.weight"].at(0) == "encoder.layer.1.intermediate.dense.weight");
  CHECK(names["layer.1.feed_forward.down.weight"].at(0) == "encoder.layer.1.output.dense.weight");
  CHECK(names["layer.1.norm.weight"].at(0) == "encoder.layer.1.output.LayerNorm.weight");
  CHECK(names["pooler.bias"].at(0) == "pooler.dense.bias");
  CHECK(checkpoint(*model).form.prefix == "bert.");
}

TEST_CASE("bilstm has 9,663,457 parameters and PyTorch's names") {
  const auto model = readModel(models("bilstm"));
  REQUIRE(model);
  CHECK(countParameters(*model, 2) == 9663457);
  auto names = tensors(*model);
  CHECK(names.size() == 1 + 2 * 2 * 3 + 2);
  CHECK(names["embedding.weight"].at(0) == "embedding.weight");
  CHECK(names["lstm.1.backward.weight_hh"].at(0) == "lstm.weight_hh_l1_reverse");
  CHECK(names["lstm.0.forward.bias"] == std::vector<std::string>{"lstm.bias_ih_l0", "lstm.bias_hh_l0"});
  CHECK(names["lstm.1.backward.bias"] ==
        std::vector<std::string>{"lstm.bias_ih_l1_reverse", "lstm.bias_hh_l1_reverse"});
  CHECK(names["classifier.bias"].at(0) == "classifier.bias");
}

TEST_CASE("the worked example of the page about adding models is right") {
  const auto page = readSmallFile(CLEW_SOURCE_DIR "/docs/adding-a-model.md");
  REQUIRE(page);
  const std::string fence = "```yaml\n";
  const size_t begin = page->find(fence);
  const size_t end = page->find("```\n", begin + fence.size());
  REQUIRE(end != std::string::npos);
  const std::string text = page->substr(begin + fence.size(), end - begin - fence.size());
  for (const Error &error : checkModelText(text, "example")) {
    FAIL_CHECK(error.render());
  }
  const auto model = parseModel(text, "example", "tiny");
  REQUIRE(model);
  CHECK(model->outputs.size() == 5);
  for (const OpEntry &op : opTable()) {
    CAPTURE(op.name);
    CHECK(page->find("`" + std::string(op.name) + "`") != std::string::npos);
  }
}

TEST_CASE("a key of config.json that Transformers takes under two names is held against the model under both") {
  // attribute_map of configuration_gpt2.py, _openai.py, _distilbert.py and _xlnet.py: the later of the two wins there.
  const std::map<std::string, std::map<std::string, std::string>> names = {
      {"gpt2",
       {{"hidden_size", "n_embd"},
        {"num_hidden_layers", "n_layer"},
        {"num_attention_heads", "n_head"},
        {"max_position_embeddings", "n_positions"}}},
      {"openai-gpt",
       {{"hidden_size", "n_embd"},
        {"num_hidden_layers", "n_layer"},
        {"num_attention_heads", "n_head"},
        {"max_position_embeddings", "n_positions"}}},
      {"xlnet",
       {{"n_token", "vocab_size"},
        {"hidden_size", "d_model"},
        {"num_attention_heads", "n_head"},
        {"num_hidden_layers", "n_layer"}}},
      {"distilbert", {{"hidden_size", "dim"}, {"num_hidden_layers", "n_layers"}, {"num_attention_heads", "n_heads"}}}};
  const auto zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  size_t met = 0;
  for (const ModelFile &file : zoo->models()) {
    const Result<Model> model = expandModel(file);
    REQUIRE(model);
    for (const Checkpoint &written : model->checkpoints) {
      std::map<std::string, std::vector<ConfigValue>> wanted;
      for (const ConfigRule &rule : written.form.config.rules) {
        wanted[rule.key] = rule.accepted;
      }
      const auto type = wanted.find("model_type");
      const auto *name = type == wanted.end() ? nullptr : std::get_if<std::string>(&type->second.at(0));
      if (!name || !names.contains(*name)) {
        continue;
      }
      met++;
      for (const auto &[other, own] : names.at(*name)) {
        INFO(file.path << ": " << other);
        CHECK(wanted.contains(own));
        CHECK(wanted[other] == wanted[own]);
      }
    }
  }
  CHECK(met == names.size());
}
