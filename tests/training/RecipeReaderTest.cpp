// Recipes: what is read, what --set changes, and what is said of mistakes.
#include "training/Recipe.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace clew;

namespace {

Result<Recipe> read(const std::string &text, const std::vector<std::string> &set = {}) {
  const auto path = std::filesystem::temp_directory_path() / ("clew-recipe-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << text;
  Result<Recipe> recipe = readRecipe(path.string(), set);
  std::filesystem::remove(path);
  return recipe;
}

const std::string good = R"(recipe: r
model: bilstm-crf/base
task: cluener
rows: {train: train, held_out: 0.1, report: dev}
loss: {op: crf_loss, x: emissions, weights: crf}
optimizer: {name: adamw, rate: 1.0e-3}
)";

std::string messageOf(const Result<Recipe> &recipe) { return recipe ? "" : recipe.error().render(); }

bool says(const Result<Recipe> &recipe, const std::string &words) {
  return messageOf(recipe).find(words) != std::string::npos;
}

} // namespace

TEST_CASE("every shipped recipe is read") {
  size_t count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(std::string(CLEW_SOURCE_DIR) + "/training/recipes")) {
    const Result<Recipe> recipe = readRecipe(entry.path().string());
    CHECK_MESSAGE(recipe.has_value(), messageOf(recipe));
    CHECK(recipe->name == entry.path().stem().string());
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("what is left out of a loss goes without saying: labels and offsets") {
  const Result<Recipe> recipe = read(good);
  REQUIRE_MESSAGE(recipe.has_value(), messageOf(recipe));
  REQUIRE(recipe->losses.size() == 1);
  const auto &operands = recipe->losses[0].operands;
  REQUIRE(operands.size() == 3);
  CHECK(operands[0] == std::pair<std::string, std::string>{"x", "emissions"});
  CHECK(operands[1].second == "labels");
  CHECK(operands[2].second == "offsets");
}

TEST_CASE("--set replaces values, and adds those that the file has not") {
  const Result<Recipe> recipe =
      read(good, {"optimizer.rate=0.5", "seed=7", "schedule.shape=cosine", "params.dropout=0.2"});
  REQUIRE_MESSAGE(recipe.has_value(), messageOf(recipe));
  CHECK(recipe->optimizer.rate == 0.5);
  CHECK(recipe->seed == 7);
  CHECK(recipe->schedule.shape == ScheduleShape::Cosine);
  CHECK(std::get<double>(recipe->params.at("dropout")) == 0.2);
  CHECK(says(read(good, {"rate"}), "expected --set KEY=VALUE"));
  CHECK(says(read(good, {"optimiser.rate=1"}), "unknown key 'optimiser'"));
}

TEST_CASE("mistakes are said with their place") {
  CHECK(says(read("recipe: r\n"), "missing '"));
  CHECK(says(read(good + "epoch: 3\n"), "did you mean 'epochs'"));
  CHECK(says(read(good, {"loss.op=crossentropy"}), "did you mean 'cross_entropy'"));
  CHECK(says(read(good, {"loss.op=linear"}), "expected the 'op' of a loss to be one of"));
  CHECK(says(read(good, {"optimizer.name=adam"}), "did you mean 'adamw'"));
  CHECK(says(read(good, {"optimizer.momentum=0.9"}), "momentum")); // of SGD alone
  CHECK(says(read(good, {"epochs=0"}), ":"));
  CHECK(says(read(good, {"rows.choose=dev"}), "either 'held_out' or 'choose'"));
  CHECK(says(read(good, {"rows.held_out=0"}), "either 'held_out' or 'choose'"));
}
