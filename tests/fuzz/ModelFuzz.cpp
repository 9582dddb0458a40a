// Models and heads in YAML.
#include "tests/fuzz/Harness.h"

#include "zoo/ModelReader.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::vector<Error> errors = checkModelText(bytes, "f.yaml");
  for (const Error &error : errors) {
    expectRefusal(error, "f.yaml");
  }
  const Result<Model> model = parseModel(bytes, "f.yaml");
  if (!model) {
    expectRefusal(model.error(), "f.yaml");
    expect(!errors.empty() || model.error().message == "expected a model, found a head", "a model without errors",
           model.error().render());
    return;
  }
  for (size_t i = 0; i < model->nodes.size(); ++i) {
    for (const ValueRef &operand : model->nodes[i].operands) {
      expect(operand.node < static_cast<int>(i), "operands that come before their use", model->nodes[i].name);
    }
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> all = sourceFiles("zoo/models", ".yaml");
  for (std::string &head : sourceFiles("zoo/heads", ".yaml")) {
    all.push_back(std::move(head));
  }
  all.push_back(
      "model: m\nsource: none\nsizes: {a: {n: 2}, b: {}}\nparams: {n: 3, e: 1.0e-5}\ninputs: [ids, segments, offsets]\n"
      "blocks:\n  b: {takes: [x], steps: [{y: {op: layer_norm, x: {op: tanh, x: x}, eps: $e}}], gives: y}\n"
      "graph:\n  - w: {op: embedding, ids: ids, count: 5, width: 4}\n  - l: {block: b, x: w, repeat: $n}\n"
      "outputs: {hidden: l, hidden.*: [w, l.*]}\n"
      "checkpoint: {c: {prefix: p., names: {w: q, \"l.{i}.y\": \"m.{i}.y\"}, ignore: [\"z.*\"]}}\n");
  return all;
}

const Harness harness("model", run, seeds);

} // namespace
} // namespace clew::fuzz
