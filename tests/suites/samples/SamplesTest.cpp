// The embedded samples through the readers that official files go through: every split of every task, and the vocabulary that goes with them.
#include "runtime/text/WordPiece.h"
#include "suites/data/Dataset.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

using namespace clew;

namespace {

struct Expected {
  std::map<std::string, size_t> rows;
  int64_t outputs;
};

const std::map<std::string, Expected> kTasks = {
    {"sample-classify", {{{"train", 300}, {"dev", 100}, {"test", 40}}, 5}},
    {"sample-pair", {{{"train", 200}, {"dev", 80}, {"test", 40}}, 2}},
    {"sample-tag", {{{"train", 200}, {"dev", 80}, {"test", 40}}, 9}},
    {"sample-span", {{{"train", 120}, {"dev", 40}, {"test", 10}}, 2}},
};

Task sampleTask(const std::string &name) {
  const auto task = readTask(CLEW_SOURCE_DIR "/suites/tasks/" + name + ".yaml");
  REQUIRE_MESSAGE(task, task.error().render());
  return *task;
}

WordPiece tokenizer() {
  auto vocabulary = Vocabulary::load(CLEW_SOURCE_DIR "/suites/samples/vocab.txt");
  REQUIRE_MESSAGE(vocabulary, vocabulary.error().render());
  auto made = WordPiece::create(*vocabulary);
  REQUIRE_MESSAGE(made, made.error().render());
  return *made;
}

} // namespace

TEST_CASE("every split of every sample task is read from the installation when the data folder has none") {
  REQUIRE(setenv("CLEW_HOME", CLEW_SOURCE_DIR, 1) == 0);
  for (const auto &[name, expected] : kTasks) {
    const Task task = sampleTask(name);
    CHECK(task.outputs() == expected.outputs);
    for (const auto &[split, count] : expected.rows) {
      CAPTURE(name);
      CAPTURE(split);
      const auto data = readSplit(task, split, "/nonexistent/folder");
      REQUIRE_MESSAGE(data, data.error().render());
      CHECK(data->rows.size() == count);
      CHECK(data->official);
      CHECK(data->labelled == (split != "test"));
      CHECK(data->skipped.empty());
      std::set<RowId> ids;
      for (const Row &row : data->rows) {
        ids.insert(row.id);
      }
      CHECK(ids.size() == count);
    }
  }
}

TEST_CASE("a sample text becomes known tokens, none longer than a task allows") {
  REQUIRE(setenv("CLEW_HOME", CLEW_SOURCE_DIR, 1) == 0);
  const WordPiece pieces = tokenizer();
  for (const auto &[name, expected] : kTasks) {
    const Task task = sampleTask(name);
    const auto data = readSplit(task, "train", "/nonexistent/folder");
    REQUIRE_MESSAGE(data, data.error().render());
    for (const Row &row : data->rows) {
      size_t count = 3;
      for (const std::string &text : row.fields) {
        Tokens tokens;
        REQUIRE(pieces.encode(text, tokens));
        CHECK(std::ranges::find(tokens.ids, pieces.unknown()) == tokens.ids.end());
        count += tokens.size();
      }
      CHECK(count <= static_cast<size_t>(task.longest));
    }
  }
}
