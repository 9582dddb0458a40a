// Heads on bodies: what is added, what falls away, and how tensors are called then.
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace clew;

namespace {

Zoo shippedZoo() { return *Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"}); }

bool hasOutput(const Model &model, const std::string &name) {
  return std::ranges::find(model.outputs, name, &std::pair<std::string, ValueRef>::first) != model.outputs.end();
}

std::vector<std::string> tensorsOf(const Model &model, const std::string &parameter) {
  for (const CheckpointEntry &entry : model.checkpoints.at(0).entries) {
    if (entry.parameter == parameter) {
      return entry.recipe.tensors();
    }
  }
  return {};
}

} // namespace

TEST_CASE("classify reads the pooled token, with BertForSequenceClassification's names") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bert/rbt3");
  REQUIRE(body);
  for (const char *kind : {"classify", "pair"}) {
    const auto model = zoo.withHead(*body, kind, 15);
    REQUIRE_MESSAGE(model, model.error().render());
    CHECK(model->head == kind);
    CHECK(std::get<int64_t>(model->params.at("labels")) == 15);
    CHECK(model->nodes.size() == body->nodes.size() + 2);
    const Node &classifier = model->nodes.back();
    CHECK(classifier.name == "classifier");
    CHECK(std::get<int64_t>(classifier.attributes.at(0).second) == 15);
    CHECK(model->nodes.at(static_cast<size_t>(classifier.operands.at(0).node)).operands.at(0) ==
          std::ranges::find(body->outputs, "pooled", &std::pair<std::string, ValueRef>::first)->second);
    CHECK(hasOutput(*model, "pooled"));
    CHECK(model->outputs.back().first == "logits");
    CHECK(tensorsOf(*model, "classifier.weight") == std::vector<std::string>{"classifier.weight"});
    CHECK(tensorsOf(*model, "pooler.weight") == std::vector<std::string>{"bert.pooler.dense.weight"});
  }
}

TEST_CASE("tag and span read the sequence, and need no pooler") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bert/rbt3");
  REQUIRE(body);
  for (const char *kind : {"tag", "span"}) {
    const auto model = zoo.withHead(*body, kind, 2);
    REQUIRE_MESSAGE(model, model.error().render());
    CHECK(hasOutput(*model, "hidden.3"));
    CHECK(!hasOutput(*model, "pooled"));
    CHECK(std::ranges::find(model->nodes, "pooler", &Node::name) == model->nodes.end());
    CHECK(tensorsOf(*model, "pooler.weight").empty());
    const auto &ignore = model->checkpoints.at(0).form.ignore;
    CHECK(std::ranges::find(ignore, "bert.pooler.dense.weight") != ignore.end());
    for (size_t i = 0; i < model->nodes.size(); ++i) {
      for (const ValueRef &operand : model->nodes[i].operands) {
        CHECK(operand.node < static_cast<int>(i));
      }
    }
  }
  CHECK(tensorsOf(*zoo.withHead(*body, "span"), "qa_outputs.bias") == std::vector<std::string>{"qa_outputs.bias"});
}

TEST_CASE("a model with its own logits only gets its labels") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bilstm");
  REQUIRE(body);
  const auto model = zoo.withHead(*body, "tag", 41);
  REQUIRE(model);
  CHECK(model->nodes.size() == body->nodes.size());
  CHECK(std::get<int64_t>(model->nodes.back().attributes.at(0).second) == 41);
  CHECK(zoo.withHead(*body, "pair").error().kind == ErrorKind::Unsupported);
}

TEST_CASE("a head may be asked for by its own name") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bert/rbt3");
  REQUIRE(body);
  const auto model = zoo.withHead(*body, "crf", 21);
  REQUIRE_MESSAGE(model, model.error().render());
  CHECK(model->head == "tag");
  CHECK(model->nodes.back().op == "viterbi");
  CHECK(tensorsOf(*model, "crf.start_transitions") == std::vector<std::string>{"crf.start_transitions"});
}

TEST_CASE("a head may read more of a batch than the body, and a weight of the body") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bert/rbt3");
  REQUIRE(body);
  const auto model = zoo.withHead(*body, "masked-lm", std::nullopt);
  REQUIRE_MESSAGE(model, model.error().render());
  REQUIRE(model->inputs.size() == body->inputs.size() + 2);
  CHECK(model->inputs.back() == ModelInput{"masks", "masks", "", false, "tokens"});
  CHECK(model->nodes.back().weights == "embeddings.words");
  CHECK(tensorsOf(*model, "embeddings.words.weight") ==
        std::vector<std::string>{"bert.embeddings.word_embeddings.weight"});
  CHECK(tensorsOf(*model, "decoder.bias") == std::vector<std::string>{"cls.predictions.bias"});
  CHECK(tensorsOf(*model, "decoder.weight").empty());
  const auto strange = zoo.findModel("xlnet/base");
  REQUIRE(strange);
  const auto refused = zoo.withHead(*strange, "masked-lm", std::nullopt);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("reads the weight of 'embeddings.words', which 'xlnet/base' does not have") !=
        std::string::npos);
}

TEST_CASE("a head that does not fit says why") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("bert/rbt3");
  CHECK(zoo.withHead(*body, "clasify").error().message == "unknown head 'clasify', did you mean 'classify'?");
  CHECK(zoo.withHead(*body, "tag", 0).error().message ==
        "expected 'width' from 1 to 2147483647, found 0 (param 'labels')");
  Model bare = *body;
  std::erase_if(bare.outputs, [](const auto &output) { return output.first == "pooled"; });
  CHECK(zoo.withHead(bare, "pair").error().message ==
        "the head 'pair' takes 'pooled', which 'bert/rbt3' does not give");
}

TEST_CASE("a model names its heads, and a head of several kinds answers the one that is asked for") {
  const Zoo zoo = shippedZoo();
  const auto body = zoo.findModel("distilbert");
  REQUIRE_MESSAGE(body, body.error().render());
  for (const char *kind : {"classify", "pair"}) {
    const auto model = zoo.withHead(*body, kind, 15);
    REQUIRE_MESSAGE(model, model.error().render());
    CHECK(model->head == kind);
    const auto dense = std::ranges::find(model->nodes, "dense", &Node::name);
    REQUIRE(dense != model->nodes.end());
    CHECK(std::get<int64_t>(dense->attributes.at(0).second) == 768); // the body's param
  }
  Model other = *body;
  other.heads["span"] = "classify-distilbert";
  CHECK(zoo.withHead(other, "span").error().message ==
        "the head 'classify-distilbert' answers 'classify' and 'pair', not 'span'");
}
