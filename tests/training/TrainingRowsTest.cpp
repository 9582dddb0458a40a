// What rows are to say, and the order of an epoch.
#include "training/TrainingRows.h"

#include "suites/data/Task.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <numeric>

using namespace clew;

namespace {

Task taskOf(const std::string &name) {
  Result<Task> task = readTask(std::string(CLEW_SOURCE_DIR) + "/suites/tasks/" + name + ".yaml");
  REQUIRE_MESSAGE(task.has_value(), task.error().render());
  return std::move(*task);
}

} // namespace

TEST_CASE("tags: B at the first token of an entity, I at the others, O elsewhere; the inverse of decoding") {
  const Task task = taskOf("cluener");
  const auto type = [&](const char *name) {
    return static_cast<int32_t>(std::ranges::find(task.labels, name) - task.labels.begin());
  };
  Row row;
  row.fields = {"abcdefg"};
  row.gold = std::vector<Entity>{{"name", 1, 3}, {"company", 4, 5}};
  const std::vector<int32_t> begins{0, 1, 2, 3, 4, 5, 6}, ends{1, 2, 3, 4, 5, 6, 7};
  std::vector<int32_t> targets;
  REQUIRE(task.kind->targetsOf(task, row, {begins, ends}, targets).has_value());
  const int32_t name = 1 + 2 * type("name"), company = 1 + 2 * type("company");
  CHECK(targets == std::vector<int32_t>{0, name, name + 1, 0, company, 0, 0});
  // Scores that are 1 at the targets decode to the entities.
  const auto columns = static_cast<size_t>(task.outputs());
  std::vector<float> logits(begins.size() * columns);
  for (size_t i = 0; i < targets.size(); ++i) {
    logits[i * columns + static_cast<size_t>(targets[i])] = 1;
  }
  const SequenceLogits scores{logits, begins, ends};
  Answer answer;
  task.kind->decode(task, row, {&scores, 1}, answer);
  CHECK(std::get<EntityAnswer>(answer).entities == std::get<std::vector<Entity>>(row.gold));
}

TEST_CASE("one label a sequence, and kinds that nothing is trained for") {
  const Task task = taskOf("tnews");
  Row row;
  row.fields = {"a"};
  row.gold = int32_t{3};
  std::vector<int32_t> targets;
  REQUIRE(task.kind->targetsOf(task, row, {}, targets).has_value());
  CHECK(targets == std::vector<int32_t>{3});
  row.gold = std::monostate();
  CHECK_FALSE(task.kind->targetsOf(task, row, {}, targets).has_value());
  const Task span = taskOf("cmrc2018");
  const auto refused = span.kind->targetsOf(span, row, {}, targets);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::Unsupported);
}

TEST_CASE("the order of an epoch: every row once, another order for another seed or epoch, the same for the same") {
  const std::vector<int64_t> order = shuffled(1000, 3, 5);
  CHECK(order == shuffled(1000, 3, 5));
  CHECK(order != shuffled(1000, 3, 6));
  CHECK(order != shuffled(1000, 4, 5));
  std::vector<int64_t> sorted = order;
  std::ranges::sort(sorted);
  std::vector<int64_t> all(1000);
  std::iota(all.begin(), all.end(), int64_t{0});
  CHECK(sorted == all);
  // Rows move far: the mean distance of a random order is a third of the length.
  int64_t moved = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    moved += std::abs(order[static_cast<size_t>(i)] - i);
  }
  CHECK(moved > 250 * 1000);
  CHECK(moved < 420 * 1000);
}
