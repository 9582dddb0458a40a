// Weights: a checkpoint gives exactly the parameters of its Program or a complete list of what is wrong; nothing
// leaves a folder; random weights depend on seed and name alone.
#include "runtime/weights/Weights.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Sha256.h"
#include "runtime/weights/SafeTensors.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

Program smallProgram() {
  Program program;
  program.model = "toy/small";
  program.parameters = {
      {"embedding.weight", {4, 2}, Init::Normal}, {"norm.weight", {2}, Init::Gain}, {"lstm.bias", {3}, Init::Normal}};
  program.checkpoints = {{{"hub", "toy.", {"cls.*", "embeddings.position_ids"}, {{"norm.weight", "norm.gamma"}}, {}},
                          {TensorRecipe::sum({"embeddings.weight"}), TensorRecipe::sum({"norm.weight"}),
                           TensorRecipe::sum({"lstm.bias_ih", "lstm.bias_hh"})}}};
  return program;
}

struct Stored {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

std::vector<Stored> smallCheckpoint() {
  return {{"toy.embeddings.weight", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}},
          {"norm.weight", {2}, {1, 0.5F}},
          {"lstm.bias_ih", {3}, {1, 2, 3}},
          {"toy.lstm.bias_hh", {3}, {10, 20, 30}}};
}

void writeCheckpoint(const std::string &path, const std::vector<Stored> &tensors) {
  std::vector<TensorView> views;
  for (const Stored &tensor : tensors) {
    views.push_back({tensor.name, StoredType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
  }
  REQUIRE(writeSafeTensors(path, views, {{"clew.model", "toy/small"}}).has_value());
}

std::vector<float> valuesOf(const Weights &weights, const Parameter &parameter) {
  Result<std::span<const float>> values = weights.get(parameter);
  REQUIRE(values.has_value());
  return {values->begin(), values->end()};
}

} // namespace

TEST_CASE("a checkpoint is read with or without its prefix, and sums are summed") {
  TemporaryFolder folder;
  Program program = smallProgram();
  std::string path = folder.path + "/model.safetensors";
  std::vector<Stored> tensors = smallCheckpoint();
  tensors.push_back({"cls.predictions.bias", {1}, {0}});
  tensors.push_back({"toy.embeddings.position_ids", {1}, {0}});
  writeCheckpoint(path, tensors);
  for (const std::string &from : {path, folder.path}) {
    Result<Weights> weights = loadWeights(from, program);
    REQUIRE(weights.has_value());
    CHECK(weights->metadata().at("clew.model") == "toy/small");
    for (int round = 0; round < 2; ++round) {
      CHECK(valuesOf(*weights, program.parameters[0]) == tensors[0].values);
      CHECK(valuesOf(*weights, program.parameters[1]) == tensors[1].values);
      CHECK(valuesOf(*weights, program.parameters[2]) == std::vector<float>{11, 22, 33});
      for (const Parameter &parameter : program.parameters) {
        weights->release(parameter); // the second round reads again
      }
    }
    CHECK(weights->get({"lstm.bias", {4}, Init::Normal}).error().kind == ErrorKind::Internal);
    CHECK(weights->get({"other", {3}, Init::Normal}).error().kind == ErrorKind::Internal);
  }
  program.checkpoints[0].tensors[1] =
      TensorRecipe::sum({"toy.norm.weight"}); // the Program's name has the prefix, the file's has not
  CHECK(loadWeights(path, program).has_value());
}

TEST_CASE("the exact name is preferred to the one with the prefix") {
  TemporaryFolder folder;
  Program program = smallProgram();
  program.checkpoints[0].form.ignore = {"toy.norm.weight"};
  std::vector<Stored> tensors = smallCheckpoint();
  tensors.push_back({"toy.norm.weight", {2}, {7, 7}});
  writeCheckpoint(folder.path + "/w", tensors);
  CHECK(valuesOf(*loadWeights(folder.path + "/w", program), program.parameters[1]) == std::vector<float>{1, 0.5F});
  program.checkpoints[0].form.ignore.clear();
  CHECK(loadWeights(folder.path + "/w", program).error().message.find("extra: \"toy.norm.weight\"") !=
        std::string::npos);
}

TEST_CASE("all that is wrong with a checkpoint is said at once") {
  TemporaryFolder folder;
  Program program = smallProgram();
  std::string path = folder.path + "/w";
  writeCheckpoint(
      path,
      {{"embeddings.weight", {2, 4}, std::vector<float>(8)}, {"lstm.bias_ih", {3}, {1, 2, 3}}, {"spare", {}, {1}}});
  Result<Weights> weights = loadWeights(path, program);
  REQUIRE_FALSE(weights.has_value());
  CHECK(weights.error().kind == ErrorKind::BadInput);
  CHECK(weights.error().where == path);
  CHECK(weights.error().message == "expected the tensors of toy/small; missing: \"norm.weight\", \"lstm.bias_hh\"; "
                                   "misshaped: \"embeddings.weight\" expected [4, 2] found [2, 4]; extra: \"spare\"");

  std::vector<Stored> tensors = smallCheckpoint();
  for (int i = 0; i < 30; ++i) {
    tensors.push_back({"spare." + std::to_string(i), {}, {1}});
  }
  writeCheckpoint(path, tensors);
  CHECK(loadWeights(path, program).error().message.ends_with(" and 6 more"));

  std::vector<int64_t> numbers(2);
  std::vector<TensorView> views = {{"norm.weight", StoredType::I64, {2}, std::as_bytes(std::span(numbers))}};
  REQUIRE(writeSafeTensors(path, views).has_value());
  CHECK(loadWeights(path, program).error().message.find("not of a float type: \"norm.weight\" is I64") !=
        std::string::npos);
}

TEST_CASE("other float types and unaligned data are converted, and released copies come back") {
  TemporaryFolder folder;
  Program program;
  program.parameters = {{"a", {3}, Init::Normal}, {"b", {2}, Init::Normal}};
  std::vector<uint16_t> brain = {0x3f80, 0x4000, 0xbf80};
  std::vector<float> floats = {5, 6};
  std::vector<TensorView> views = {{"a", StoredType::BF16, {3}, std::as_bytes(std::span(brain))},
                                   {"b", StoredType::F32, {2}, std::as_bytes(std::span(floats))}}; // at byte 6
  REQUIRE(writeSafeTensors(folder.path + "/w", views).has_value());
  Weights weights = *loadWeights(folder.path + "/w", program);
  for (int round = 0; round < 2; ++round) {
    CHECK(valuesOf(weights, program.parameters[0]) == std::vector<float>{1, 2, -1});
    CHECK(valuesOf(weights, program.parameters[1]) == floats);
    CHECK(weights.get(program.parameters[1])->data() == weights.get(program.parameters[1])->data());
    weights.release(program.parameters[0]);
    weights.release(program.parameters[1]);
  }
  auto failing = [](std::span<const float>) -> Result<void> { return fail(ErrorKind::Io, "no"); };
  CHECK(weights.visit(program.parameters[0], failing).error().message == "no");
}

TEST_CASE("a folder is read only inside, and only in the form that is safe and whole") {
  TemporaryFolder folder;
  Program program = smallProgram();
  std::string model = folder.path + "/model";
  fs::create_directory(model);
  CHECK(loadWeights(model, program).error().kind == ErrorKind::NotFound);
  CHECK(loadWeights(folder.path + "/absent", program).error().kind == ErrorKind::NotFound);
  folder.write("model/model.onnx", "x");
  CHECK(loadWeights(model, program).error().kind == ErrorKind::Unsupported);
  folder.write("model/pytorch_model.bin", "x");
  CHECK(loadWeights(model, program).error().message.find("nothing was executed") != std::string::npos);
  folder.write("model/model.safetensors.index.json", "{}");
  CHECK(loadWeights(model, program).error().message.find("weight_map") != std::string::npos);
  writeCheckpoint(folder.path + "/outside.safetensors", smallCheckpoint());
  fs::create_symlink("../outside.safetensors", model + "/model.safetensors");
  CHECK(loadWeights(model, program).error().kind == ErrorKind::BadInput);
  CHECK(loadWeights(model + "/model.safetensors", program).has_value()); // named by the user
}

TEST_CASE("of several ways of naming the one that fits is used, else the nearest is reported") {
  TemporaryFolder folder;
  Program program = smallProgram();
  CheckpointNames other{{"other", "", {}, {}, {}}, {}};
  for (const char *name : {"table", "gain", "bias"}) {
    other.tensors.push_back(TensorRecipe::sum({name}));
  }
  other.form.config.absent = {"pruned"};
  program.checkpoints.push_back(other);
  const std::vector<Stored> renamed = {
      {"table", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}, {"gain", {2}, {3, 4}}, {"bias", {3}, {1, 2, 3}}};
  const std::string path = folder.path + "/w/model.safetensors";
  fs::create_directory(folder.path + "/w");
  for (const std::vector<Stored> &tensors : {smallCheckpoint(), renamed}) {
    writeCheckpoint(path, tensors);
    CHECK(loadWeights(path, program).has_value());
  }
  folder.write("w/config.json", R"({"pruned": {"0": [1]}})"); // what the second format says of it holds
  CHECK(loadWeights(path, program).error().message.find("pruned: expected none") != std::string::npos);
  writeCheckpoint(path, smallCheckpoint());
  CHECK(loadWeights(path, program).has_value());
  writeCheckpoint(path, {renamed[0], renamed[1]});
  folder.write("w/config.json", "{}");
  CHECK(loadWeights(path, program).error().message ==
        "expected the tensors of toy/small; missing: \"bias\" (as other names them, which comes nearest)");
}

TEST_CASE("an older ending stands for today's, never beside it") {
  TemporaryFolder folder;
  const Program program = smallProgram();
  std::vector<Stored> tensors = smallCheckpoint();
  tensors[1].name = "toy.norm.gamma";
  writeCheckpoint(folder.path + "/w", tensors);
  CHECK(valuesOf(*loadWeights(folder.path + "/w", program), program.parameters[1]) == std::vector<float>{1, 0.5F});
  tensors.push_back({"norm.weight", {2}, {1, 1}});
  writeCheckpoint(folder.path + "/w", tensors);
  CHECK(loadWeights(folder.path + "/w", program).error().message.find("extra: \"toy.norm.gamma\"") !=
        std::string::npos);
}

TEST_CASE("weights are known by what was read, and say whose they are") {
  TemporaryFolder folder;
  const Program program = smallProgram();
  const std::string path = folder.path + "/model.safetensors";
  writeCheckpoint(path, smallCheckpoint());
  const std::string hash = *sha256OfFile(path);
  fs::create_symlink("model.safetensors", folder.path + "/link");
  for (const std::string &way : {path, folder.path, folder.path + "/link"}) {
    const Weights weights = *loadWeights(way, program);
    CHECK(*weights.sha256() == hash);
    CHECK(*weightsSha256(way) == hash);
    CHECK(weights.notes().empty());
    CHECK(valuesOf(weights, program.parameters[1]) == std::vector<float>{1, 0.5F}); // its pages came back
  }
  Program renamed = program;
  renamed.model = "toy/large";
  CHECK(loadWeights(path, renamed)->notes() ==
        std::vector{path + ": saved as the weights of \"toy/small\", read as those of toy/large"});
  CHECK(*randomWeights(program, 7, 1).sha256() == "random:7");
  CHECK(weightsSha256(folder.path + "/absent").error().kind == ErrorKind::NotFound);

  const auto shard = [&](const std::string &name, const std::vector<Stored> &tensors) {
    fs::create_directories(folder.path + "/cut");
    writeCheckpoint(folder.path + "/cut/" + name, tensors);
  };
  const std::vector<Stored> all = smallCheckpoint();
  shard("a.safetensors", {all[0], all[1]});
  shard("b.safetensors", {all[2], all[3]});
  folder.write("cut/model.safetensors.index.json",
               R"({"weight_map": {"toy.embeddings.weight": "a.safetensors", "norm.weight": "a.safetensors",
                   "lstm.bias_ih": "b.safetensors", "toy.lstm.bias_hh": "b.safetensors"}})");
  const Weights cut = *loadWeights(folder.path + "/cut", program);
  CHECK(valuesOf(cut, program.parameters[2]) == std::vector<float>{11, 22, 33});
  const std::string before = *cut.sha256();
  CHECK(before.size() == 64);
  CHECK(*weightsSha256(folder.path + "/cut/b.safetensors") == before);
  shard("b.safetensors", {all[2], {"toy.lstm.bias_hh", {3}, {10, 20, 31}}});
  CHECK(*weightsSha256(folder.path + "/cut") != before);
}

TEST_CASE("saved weights are the same weights") {
  TemporaryFolder folder;
  Program program = smallProgram();
  Weights weights = randomWeights(program, 3, 2);
  for (bool prefix : {false, true}) {
    std::string path = folder.path + "/saved";
    REQUIRE(saveWeights(path, program, weights, {{{"labels", "[\"a\"]"}}, prefix}).has_value());
    SafeTensors file = *SafeTensors::open(path);
    CHECK(file.tensors().size() == 4);
    CHECK((file.find(prefix ? "toy.lstm.bias_hh" : "lstm.bias_hh") != nullptr));
    CHECK(file.metadata().at("labels") == "[\"a\"]");
    Weights loaded = *loadWeights(path, program);
    for (const Parameter &parameter : program.parameters) {
      CHECK(valuesOf(loaded, parameter) == valuesOf(weights, parameter));
    }
    REQUIRE(saveWeights(path, program, loaded).has_value()); // onto the file they are read from
    CHECK(valuesOf(*loadWeights(path, program), program.parameters[2]) == valuesOf(weights, program.parameters[2]));
  }
  Program other = program;
  other.parameters[0].name = "unknown";
  CHECK(saveWeights(folder.path + "/never", other, weights).error().kind == ErrorKind::Internal);
  CHECK_FALSE(fs::exists(folder.path + "/never"));
}

TEST_CASE("random weights depend on seed and name alone, and are trivial nowhere") {
  Program program;
  program.parameters = {
      {"large", {1000, 1000}, Init::Normal}, {"gain", {100000}, Init::Gain}, {"third", {7}, Init::Normal}};
  Program reversed = program;
  std::ranges::reverse(reversed.parameters);
  Weights one = randomWeights(program, 9, 1);
  Weights two = randomWeights(reversed, 9, 4);
  parallelFor(4, 12, [&](int64_t task, int) { (void)two.get(program.parameters[static_cast<size_t>(task % 3)]); });
  for (const Parameter &parameter : program.parameters) {
    CHECK(valuesOf(one, parameter) == valuesOf(two, parameter));
    std::vector<float> values = valuesOf(one, parameter);
    CHECK(std::ranges::count(values, 0.0F) == 0);
    CHECK(valuesOf(randomWeights(program, 10, 1), parameter) != values);
  }
  double mean = 0;
  double square = 0;
  for (float value : valuesOf(one, program.parameters[1])) {
    mean += value / 1e5;
    square += (value - 1) * (value - 1) / 1e5;
  }
  CHECK(std::abs(mean - 1) < 0.002);
  CHECK(std::abs(std::sqrt(square) - 0.1) < 0.002);
  std::vector<float> large = valuesOf(one, program.parameters[0]);
  CHECK(std::abs(*std::ranges::max_element(large)) < 0.02F * 5.8F);
  Parameter impossible{"huge", {int64_t{1} << 40, int64_t{1} << 40}, Init::Normal};
  program.parameters = {impossible};
  CHECK(randomWeights(program, 0, 1).get(impossible).error().kind == ErrorKind::BadInput);
}
