// Checkpoint folders: which format, shards and their index, config.json held against the Program's rules, tensors matched by name. The
// formats themselves have harnesses of their own.
#include "runtime/weights/Weights.h"
#include "tests/fuzz/Harness.h"
#include "tests/runtime/program/SmallProgram.h"
#include "tests/runtime/weights/SafeTensorsFile.h"

#include <cmath>

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  static const Program program = test::cpuProgram();
  const std::string &folder = folderOf(partsOf(bytes));
  const Result<Weights> weights = loadWeights(folder, program);
  if (!weights) {
    expectRefusal(weights.error(), folder);
    return;
  }
  for (const std::string &note : weights->notes()) {
    expectText(note);
  }
  for (const Parameter &parameter : program.parameters) {
    const Result<std::span<const float>> values = weights->get(parameter);
    expect(values.has_value(), "values of each parameter", parameter.name);
    float sum = 0;
    for (const float value : *values) {
      sum += std::isfinite(value) ? value : 0.0F; // each is touched
    }
    expect(!std::isnan(sum), "a sum", parameter.name);
  }
  expect(weights->sha256().has_value(), "a hash");
}

std::string matrix(const std::string &name, int begin, int end, const std::string &shape = "[16,8]") {
  return '"' + name + R"(":{"dtype":"F32","shape":)" + shape + ",\"data_offsets\":[" + std::to_string(begin) + "," +
         std::to_string(end) + "]}";
}

std::vector<std::string> seeds() {
  const std::string biases = matrix("bert.a.bias", 512, 576, "[16]") + "," +
                             matrix("bert.b.bias_ih", 576, 640, "[16]") + "," +
                             matrix("bert.b.bias_hh", 640, 704, "[16]");
  const std::string first = safeTensorsFile("{" + matrix("bert.a.weight", 0, 512) + "}", std::string(512, '\1'));
  const std::string second =
      safeTensorsFile("{" + matrix("bert.b.gamma", 0, 512) + "," + biases + "}", std::string(704, '\2'));
  const std::string whole = safeTensorsFile("{" + matrix("bert.a.weight", 0, 512) + "," + biases + "," +
                                                matrix("bert.b.weight", 704, 1216) + "}",
                                            std::string(1216, '\3'));
  const std::string config =
      R"({"act": "gelu", "eps": 1e-12, "heads": 4, "decoder": false, "architectures": ["BertModel"],
 "labels": {"0": "a", "1": "b"}, "pruned": {}, "_name": "x", "new": 1})";
  const std::string index = R"({"metadata": {"total_size": 1216}, "weight_map": {"bert.a.weight": "a.safetensors",
 "bert.b.gamma": "b.safetensors", "bert.a.bias": "b.safetensors", "bert.b.bias_ih": "b.safetensors", "bert.b.bias_hh": "b.safetensors"}})";
  return {
      joined({{"model.safetensors", whole}, {"config.json", config}}),
      joined({{"model.safetensors.index.json", index}, {"a.safetensors", first}, {"b.safetensors", second}}),
      joined({{"pytorch_model.bin", sourceFile("tests/runtime/weights/torch/state_dict.pt")}, {"config.json", "{}"}}),
      joined({{"weights.npz", sourceFile("tests/runtime/weights/numpy/plain.npz")}})};
}

const Harness harness("checkpoint", run, seeds);

} // namespace
} // namespace clew::fuzz
