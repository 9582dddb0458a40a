// What rows are to say, and the order of an epoch.
#include "training/TrainingRows.h"

#include "runtime/text/Characters.h"
#include "runtime/text/WordPiece.h"
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

Vocabulary vocabularyOf() {
  Result<Vocabulary> vocabulary =
      Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n中\n国\n好\nplay\n##ing\np\nl\na\ny\ni\nn\ng\n", "test");
  REQUIRE(vocabulary);
  return *vocabulary;
}

TextForm formOf(const std::string &single) {
  TextForm form;
  form.single = *parseTemplate(single, false);
  form.pair = *parseTemplate("[CLS] A [SEP] B:1 [SEP]:1", true);
  return form;
}

RowEncoder encoderOf(const Task &task, std::shared_ptr<const Tokenizer> tokenizer, int64_t longest = 32) {
  Result<RowEncoder> encoder = RowEncoder::create(task, std::move(tokenizer), longest);
  REQUIRE(encoder);
  return *encoder;
}

WordPiece piecesOf(const std::string &single) {
  Result<WordPiece> made = WordPiece::create(vocabularyOf(), {}, formOf(single));
  REQUIRE(made);
  return std::move(*made);
}

std::shared_ptr<const Tokenizer> pieces(const std::string &single) {
  return std::make_shared<WordPiece>(piecesOf(single));
}

std::shared_ptr<const Tokenizer> characters(const std::string &single) {
  return std::make_shared<Characters>(piecesOf(single));
}

/// Where the tokens of a text of ours are in the teacher's sequence.
std::vector<int32_t> placesOf(const Task &task, const Row &row, const RowEncoder &ours, const RowEncoder &theirs) {
  const std::vector<Row> rows{row, row};
  Result<TrainingRows> training = TrainingRows::create(task, rows, ours, 0);
  REQUIRE(training);
  const Result<void> added = training->addTeacher(task, rows, theirs);
  REQUIRE_MESSAGE(added.has_value(), added.error().render());
  Program program;
  for (const char *name : {"ids", "offsets", "labels", "teacher_ids", "teacher_offsets", "teacher_places"}) {
    program.inputs.push_back({name});
  }
  TrainingBatch batch;
  const std::vector<int64_t> numbers{1};
  training->fill(program, numbers, batch);
  CHECK(batch.others.size() == 4); // no segments: the program reads none
  CHECK(batch.places.size() == batch.tokens.ids.size());
  CHECK(batch.teacher.offsets.back() == static_cast<int32_t>(batch.teacher.ids.size()));
  return batch.places;
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

TEST_CASE("a teacher's tokens: the same ones, behind special tokens, and those that cover a character") {
  const Task task = taskOf("tnews");
  Row row;
  row.id = int64_t{7};
  row.fields = {"中playing 国"};
  row.gold = int32_t{3};
  using Places = std::vector<int32_t>;
  const RowEncoder bare = encoderOf(task, pieces("A")), bert = encoderOf(task, pieces("[CLS] A [SEP]"));
  CHECK(placesOf(task, row, bare, bare) == Places{0, 1, 2, 3});
  CHECK(placesOf(task, row, bare, bert) == Places{1, 2, 3, 4});
  CHECK(placesOf(task, row, bert, bare) == Places{0, 0, 1, 2, 3, 3});
  const RowEncoder letters = encoderOf(task, characters("A"));
  // Characters have a token for the space too, which meets what comes next.
  CHECK(placesOf(task, row, letters, bert) == Places{1, 2, 2, 2, 2, 3, 3, 3, 4, 4});
  CHECK(placesOf(task, row, bert, letters) == Places{0, 0, 1, 5, 9, 9});
}

TEST_CASE("a teacher that reads less of a text, or other tokens of two, is refused by row") {
  const Task task = taskOf("tnews");
  Row row;
  row.id = int64_t{7};
  row.fields = {"中playing国"};
  row.gold = int32_t{3};
  const auto refusal = [](const Task &of, const Row &text, const RowEncoder &ours, const RowEncoder &theirs) {
    const std::vector<Row> rows{text};
    Result<TrainingRows> training = TrainingRows::create(of, rows, ours, 0);
    REQUIRE(training);
    const Result<void> added = training->addTeacher(of, rows, theirs);
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error().kind == ErrorKind::BadInput);
    return added.error().message;
  };
  CHECK(refusal(task, row, encoderOf(task, pieces("A")), encoderOf(task, pieces("A"), 3)) ==
        "row 7: the teacher reads less of it than the student");
  const Task pair = taskOf("afqmc");
  row.fields = {"中国", "好"};
  row.gold = int32_t{0};
  CHECK(refusal(pair, row, encoderOf(pair, pieces("A")), encoderOf(pair, characters("A"), 5)) ==
        "row 7: the teacher makes other tokens of its two texts than the student");
}
