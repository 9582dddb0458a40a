// Models become graphs: names, shapes, shared parameters, and errors at their place in the YAML.
#include "compiler/import/ImportModel.h"

#include "compiler/Compile.h"
#include "compiler/nn/Kept.h"
#include "zoo/ModelReader.h"
#include "zoo/OpTable.h"
#include "zoo/Zoo.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <doctest/doctest.h>

using namespace clew;
using namespace clew::compiler;

namespace {

struct Imported {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module = fail(ErrorKind::Internal, "not imported");

  Imported(const Model &model, std::vector<std::string> outputs) : module(importModel(model, outputs, context)) {}

  mlir::ModuleOp operator*() { return **module; }
  /// The attribute `name` of the argument that is called `input`, or 0.
  int64_t limit(llvm::StringRef input, llvm::StringRef name) {
    auto function = (*module)->lookupSymbol<mlir::func::FuncOp>("main");
    for (mlir::BlockArgument argument : function.getArguments()) {
      const unsigned number = argument.getArgNumber();
      auto attribute = function.getArgAttrOfType<mlir::IntegerAttr>(number, name);
      if (function.getArgAttrOfType<mlir::StringAttr>(number, nn::inputName).getValue() == input && attribute) {
        return attribute.getInt();
      }
    }
    return 0;
  }
  nn::ParameterOp parameter(llvm::StringRef name) { return (*module)->lookupSymbol<nn::ParameterOp>(name); }
};

Model shipped(const std::string &architecture, const std::string &size) {
  auto model = readModel(std::string(CLEW_SOURCE_DIR) + "/zoo/models/" + architecture + ".yaml", size);
  REQUIRE_MESSAGE(model.has_value(), model.error().render());
  return *model;
}

/// A model whose graph is `steps`, each at a known line: the first step stands in line 6.
Model small(const std::string &steps, const std::string &output) {
  auto model = parseModel("model: small\n"
                          "source: test\n"
                          "sizes: {base: {}}\n"
                          "inputs: " +
                              std::string(steps.find("offsets") == std::string::npos ? "[ids]" : "[ids, offsets]") +
                              "\ngraph:\n" + steps + "outputs: {hidden: " + output + "}\n",
                          "small.yaml");
  REQUIRE_MESSAGE(model.has_value(), model.error().render());
  return *model;
}

constexpr const char *embedding = "  - words: {op: embedding, ids: ids, count: 10, width: 8}\n";

} // namespace

TEST_CASE("models that take their labels from the task do so at every number of them, in all of their formats") {
  const Result<Zoo> zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  int models = 0;
  for (const ModelFile &file : zoo->models()) {
    for (const std::string &size : file.sizes) {
      const Result<Model> own = expandModel(file, size);
      REQUIRE_MESSAGE(own, own.error().render());
      if (!own->params.contains("labels")) {
        continue;
      }
      models++;
      for (const int64_t labels : {3, 41, 119}) {
        const Result<Model> model = expandModel(file, size, {{"labels", labels}});
        REQUIRE_MESSAGE(model, model.error().render());
        INFO(model->name() << " with " << labels << " labels");
        const Result<ModelSummary> summary = summarize(*model);
        CHECK_MESSAGE(summary.has_value(), summary.error().render());
      }
    }
  }
  CHECK(models >= 8);
}

TEST_CASE("bert/base has the published size, checkpoint names and limits") {
  Imported bert(shipped("bert", "base"), {"hidden", "pooled"});
  REQUIRE_MESSAGE(bert.module.has_value(), bert.module.error().render());
  CHECK(parameterCount(*bert) == 102267648);
  auto query = bert.parameter("layer.3.self_attention.query.weight");
  REQUIRE(query);
  CHECK(query.getInit() == nn::Init::Normal);
  CHECK(mlir::cast<mlir::StringAttr>(query.getTensorsAttr()[0]) == "encoder.layer.3.attention.self.query.weight");
  CHECK(bert.parameter("layer.3.norm.weight").getInit() == nn::Init::Gain);
  CHECK(bert.parameter("layer.3.norm.bias").getInit() == nn::Init::Normal);
  CHECK(bert.limit("ids", nn::limitName) == 21128);
  CHECK(bert.limit("offsets", nn::mostName) == 512);
  CHECK(bert.limit("segments", nn::limitName) == 2);
}

TEST_CASE("floating-point operations count products, tokens against tokens in attention, one row in the pooler") {
  Imported bert(shipped("bert", "base"), {"hidden", "pooled"});
  REQUIRE(bert.module.has_value());
  const int64_t tokens = 128, hidden = 768, ffn = 3072;
  const int64_t layer = tokens * (4 * hidden * hidden + 2 * hidden * ffn) + 2 * tokens * tokens * hidden;
  CHECK(flopsAt(*bert, tokens) == 2 * (12 * layer + hidden * hidden));
}

TEST_CASE("bilstm/base counts two biases a gate as PyTorch does, and holds one") {
  Imported bilstm(shipped("bilstm", "base"), {"hidden", "logits"});
  REQUIRE_MESSAGE(bilstm.module.has_value(), bilstm.module.error().render());
  CHECK(parameterCount(*bilstm, Counting::Published) == 9663457);
  CHECK(parameterCount(*bilstm, Counting::Ours) == 9663457 - 4 * 4 * 286);
  CHECK(bilstm.parameter("lstm.0.forward.bias").getTensorsAttr().size() == 2);
  CHECK(bilstm.limit("segments", nn::limitName) == 0);
}

TEST_CASE("elmo's sizes have the parameters that AllenNLP states: 93.6, 28.0 and 13.6 million") {
  for (const auto &[size, parameters] :
       {std::pair("original", 93600848), std::pair("medium", 28027728), std::pair("small", 13593296)}) {
    CAPTURE(size);
    Imported elmo(shipped("elmo", size), {"hidden.0", "hidden.1", "hidden.2"});
    REQUIRE_MESSAGE(elmo.module.has_value(), elmo.module.error().render());
    CHECK(parameterCount(*elmo, Counting::Published) == parameters);
    CHECK(elmo.limit("characters", nn::limitName) == 261);
    Imported mixed(shipped("elmo", size), {"hidden"});
    REQUIRE(mixed.module.has_value());
    CHECK(parameterCount(*mixed) == parameters + 4); // three scores and a factor
  }
}

TEST_CASE("only what the outputs need is kept") {
  Imported bert(shipped("bert", "base"), {"hidden.0"});
  REQUIRE(bert.module.has_value());
  CHECK(bert.parameter("embeddings.words.weight"));
  CHECK(!bert.parameter("layer.0.self_attention.query.weight"));
  auto main = (*bert).lookupSymbol<mlir::func::FuncOp>("main");
  CHECK(main.getNumArguments() == 3);
  CHECK(main.getResultAttrOfType<mlir::StringAttr>(0, nn::outputName) == "hidden.0");
}

TEST_CASE("an unknown output is not found") {
  Imported bert(shipped("bert", "base"), {"logits"});
  REQUIRE(!bert.module.has_value());
  CHECK(bert.module.error().kind == ErrorKind::NotFound);
  CHECK(bert.module.error().message.find("hidden, ") != std::string::npos);
}

TEST_CASE("every op knows its place in the YAML") {
  Imported graph(small(embedding, "words"), {"hidden"});
  REQUIRE(graph.module.has_value());
  (*graph).walk([](nn::EmbeddingOp op) {
    auto at = mlir::cast<mlir::FileLineColLoc>(op.getLoc());
    CHECK(at.getFilename() == "small.yaml");
    CHECK(at.getLine() == 6);
  });
}

TEST_CASE("shapes that do not fit are reported where they stand") {
  Imported graph(small(std::string(embedding) + "  - more: {op: embedding, ids: ids, count: 10, width: 4}\n" +
                           "  - sum: {op: add, x: words, y: more}\n",
                       "sum"),
                 {"hidden"});
  REQUIRE(!graph.module.has_value());
  CHECK(graph.module.error().kind == ErrorKind::BadInput);
  CHECK(graph.module.error().where.starts_with("small.yaml:8:"));
  CHECK(graph.module.error().message ==
        "'nn.add' op y must be 'tensor<?x8xf32, #nn.of<\"tokens\">>', 'tensor<8xf32>' or 'tensor<1xf32>', "
        "found 'tensor<?x4xf32, #nn.of<\"tokens\">>'");
}

TEST_CASE("an op that wants rows does not take ids") {
  Imported graph(small("  - y: {op: linear, x: ids, width: 4}\n", "y"), {"hidden"});
  REQUIRE(!graph.module.has_value());
  CHECK(graph.module.error().where.starts_with("small.yaml:6:"));
  CHECK(graph.module.error().message.find("'linear' wants a matrix as x") != std::string::npos);
}

TEST_CASE("heads must divide the columns") {
  Imported graph(small(std::string(embedding) +
                           "  - y: {op: attention, q: words, k: words, v: words, offsets: offsets, heads: 3}\n",
                       "y"),
                 {"hidden"});
  REQUIRE(!graph.module.has_value());
  CHECK(graph.module.error().message == "'nn.attention' op 8 columns do not divide into 3 heads");
}

TEST_CASE("two nodes of one name share a parameter, unless their shapes differ") {
  Model model = small(
      std::string(embedding) + "  - a: {op: linear, x: words, width: 8}\n  - b: {op: linear, x: a, width: 8}\n", "b");
  model.nodes[2].name = model.nodes[1].name;
  Imported shared(model, {"hidden"});
  REQUIRE(shared.module.has_value());
  CHECK(parameterCount(*shared) == 10 * 8 + 8 * 8 + 8);

  model.nodes[2].attributes = {{"width", int64_t(4)}};
  Imported differing(model, {"hidden"});
  REQUIRE(!differing.module.has_value());
  CHECK(differing.module.error().where.starts_with("small.yaml:8:"));
  CHECK(differing.module.error().message.find(
            "parameter 'a.weight' is 'tensor<4x8xf32>' here, but 'tensor<8x8xf32>' at small.yaml:7:") !=
        std::string::npos);
}

TEST_CASE("sizes that no machine holds are refused before they overflow") {
  Imported graph(
      small(std::string(embedding) + "  - y: {op: lstm, x: words, offsets: offsets, hidden: 2147483647}\n", "y"),
      {"hidden"});
  REQUIRE(!graph.module.has_value());
  CHECK(graph.module.error().message.find("too large") != std::string::npos);
}

TEST_CASE("a recurrent cell's words become attributes, and bring its parameters") {
  Imported lstm(small(std::string(embedding) +
                          "  - y: {op: lstm, x: words, offsets: offsets, hidden: 6, projection: 4, cell_clip: 3, "
                          "projection_clip: 2.5, initial: true}\n",
                      "y"),
                {"hidden"});
  REQUIRE_MESSAGE(lstm.module.has_value(), lstm.module.error().render());
  auto shapeOf = [&](Imported &graph, llvm::StringRef name) {
    auto parameter = graph.parameter(name);
    REQUIRE_MESSAGE(parameter, name.str());
    return mlir::cast<mlir::RankedTensorType>(parameter.getType()).getShape().vec();
  };
  CHECK(shapeOf(lstm, "y.weight_hh") == std::vector<int64_t>{24, 4});
  CHECK(shapeOf(lstm, "y.weight_hr") == std::vector<int64_t>{4, 6});
  CHECK(shapeOf(lstm, "y.h_0") == std::vector<int64_t>{4});
  CHECK(shapeOf(lstm, "y.c_0") == std::vector<int64_t>{6});
  (*lstm).walk([](nn::LstmOp op) {
    CHECK(op.getCellClip().convertToDouble() == 3);
    CHECK(op.getProjectionClip().convertToDouble() == 2.5);
  });
  Imported gru(
      small(std::string(embedding) +
                "  - m: {op: mean, x: words, offsets: offsets}\n"
                "  - y: {op: gru, x: words, offsets: offsets, h_0: m, hidden: 8, reset: before, update: new}\n",
            "y"),
      {"hidden"});
  REQUIRE_MESSAGE(gru.module.has_value(), gru.module.error().render());
  CHECK_FALSE(gru.parameter("y.h_0"));
  (*gru).walk([](nn::GruOp op) {
    CHECK(op.getResetBefore());
    CHECK(op.getUpdateNew());
    CHECK(op.getH_0());
  });
  Imported both(small(std::string(embedding) +
                          "  - m: {op: mean, x: words, offsets: offsets}\n"
                          "  - y: {op: gru, x: words, offsets: offsets, h_0: m, hidden: 8, initial: true}\n",
                      "y"),
                {"hidden"});
  REQUIRE(!both.module.has_value());
  CHECK(both.module.error().message == "'gru' has both 'h_0' and 'initial: true', which makes it a parameter");
}

TEST_CASE("states that are carried are arguments and results, and none beside them") {
  for (const char *cell : {"lstm", "gru"}) {
    const std::string step = std::string("  - y: {op: ") + cell + ", x: words, offsets: offsets, hidden: 4, state: ";
    Imported kept(small(embedding + step + "reset}\n", "y"), {"hidden"});
    CHECK_MESSAGE(kept.module.has_value(), kept.module.error().render());
    Imported carried(small(embedding + step + "carry}\n", "y"), {"hidden"});
    REQUIRE_MESSAGE(carried.module.has_value(), carried.module.error().render());
    auto main = (*carried).lookupSymbol<mlir::func::FuncOp>("main");
    const size_t states = std::string_view(cell) == "lstm" ? 2 : 1;
    CHECK(main.getNumResults() == 1 + states);
    for (size_t state = 0; state < states; ++state) {
      const unsigned argument = static_cast<unsigned>(main.getNumArguments() - states + state);
      const unsigned result = static_cast<unsigned>(1 + state);
      auto name = main.getArgAttrOfType<mlir::StringAttr>(argument, nn::carriedName);
      REQUIRE(name);
      CHECK(name.str() == (state == 0 ? "y.h_0" : "y.c_0"));
      CHECK(main.getResultAttr(result, nn::carriedName) == name);
      CHECK(main.getResultTypes()[result] == main.getArgumentTypes()[argument]);
    }
    Imported both(small(embedding + step + "carry, initial: true}\n", "y"), {"hidden"});
    REQUIRE(!both.module.has_value());
    CHECK(both.module.error().where.starts_with("small.yaml:7:"));
    CHECK(both.module.error().message.find(
              "with 'state: carry' begins where the batch before ended: it has no 'h_0'") != std::string::npos);
  }
}

TEST_CASE("a parameter by itself is a vector, of which one number scales a layer") {
  Imported graph(small(std::string(embedding) +
                           "  - scores: {op: parameter, width: 3}\n"
                           "  - size: {op: parameter, width: 1, init: gain}\n"
                           "  - shares: {op: softmax, x: scores}\n"
                           "  - share: {op: slice, x: shares, begin: 2, width: 1}\n"
                           "  - y: {op: multiply, x: {op: multiply, x: words, y: share}, y: size}\n",
                       "y"),
                 {"hidden"});
  REQUIRE_MESSAGE(graph.module.has_value(), graph.module.error().render());
  CHECK(graph.parameter("scores.weight").getInit() == nn::Init::Normal);
  CHECK(graph.parameter("size.weight").getInit() == nn::Init::Gain);
  CHECK(mlir::cast<mlir::RankedTensorType>(graph.parameter("scores.weight").getType()).getShape().vec() ==
        std::vector<int64_t>{3});
}

TEST_CASE("a pooling may be chosen by a param") {
  Imported graph(
      small(std::string(embedding) + "  - y: {op: pooling, x: words, offsets: offsets, function: last}\n", "y"),
      {"hidden"});
  REQUIRE_MESSAGE(graph.module.has_value(), graph.module.error().render());
  int found = 0;
  (*graph).walk([&](nn::LastOp) { ++found; });
  CHECK(found == 1);
}

TEST_CASE("tables of distances that are not clamped bound a row's length") {
  const std::string attention = std::string(embedding) + "  - t: {op: table, count: 9, width: 4}\n"
                                                         "  - y: {op: attention, q: words, k: words, v: words, "
                                                         "offsets: offsets, heads: 2, relative_keys: t, clamp: ";
  Imported bounded(small(attention + "false}\n", "y"), {"hidden"});
  REQUIRE_MESSAGE(bounded.module.has_value(), bounded.module.error().render());
  CHECK(bounded.limit("offsets", nn::mostName) == 5);
  Imported open(small(attention + "true}\n", "y"), {"hidden"});
  REQUIRE_MESSAGE(open.module.has_value(), open.module.error().render());
  CHECK(open.limit("offsets", nn::mostName) == 0);
  Imported none(small(std::string(embedding) + "  - y: {op: attention, q: words, k: words, v: words, offsets: offsets, "
                                               "heads: 2, clamp: false}\n",
                      "y"),
                {"hidden"});
  REQUIRE(!none.module.has_value());
  CHECK(none.module.error().message ==
        "'clamp: false' is about tables of distances, of which 'attention' has none here");
}

TEST_CASE("what is kept of a product stands on its weights, the most precise where steps share them") {
  Imported graph(small(std::string(embedding) + "  - up: {op: linear, x: words, width: 8, keep: bf16}\n"
                                                "  - more: {op: linear, x: up, width: 8, weights: up, keep: f32}\n"
                                                "  - last: {op: linear, x: more, width: 8, weights: up, keep: bf16}\n"
                                                "  - f: {op: lstm, x: last, offsets: offsets, hidden: 4, keep: bf16}\n"
                                                "  - y: {op: linear, x: f, width: 4}\n",
                       "y"),
                 {"hidden"});
  REQUIRE_MESSAGE(graph.module.has_value(), graph.module.error().render());
  const auto kept = [&](llvm::StringRef name) {
    nn::ParameterOp parameter = graph.parameter(name);
    REQUIRE_MESSAGE(parameter, name.str());
    auto type = parameter->getAttrOfType<mlir::StringAttr>(nn::keptName);
    return type ? type.str() : std::string();
  };
  CHECK(kept("up.weight") == "f32");
  CHECK(kept("up.bias").empty());
  CHECK(kept("f.weight_ih") == "bf16");
  CHECK(kept("f.weight_hh") == "bf16");
  CHECK(kept("f.bias").empty());
  CHECK(kept("y.weight").empty());
}

TEST_CASE("every op of the zoo has a meaning") {
  mlir::MLIRContext context;
  context.loadDialect<nn::NNDialect>();
  for (const OpEntry &entry : opTable()) {
    if (entry.name == "table") {
      continue; // a parameter, and nothing is done with it: nn.get
    }
    const bool chooses = entry.name == "activation" || entry.name == "pooling";
    for (std::string_view name : chooses ? entry.attributes[0].texts : std::span(&entry.name, 1)) {
      CHECK_MESSAGE(mlir::RegisteredOperationName::lookup("nn." + std::string(name), &context), name);
    }
  }
}
