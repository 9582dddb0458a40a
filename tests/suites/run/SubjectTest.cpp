// Small models with random weights from text to predictions: a row's answer depends on neither its neighbours, nor the threads, nor the way
// it was run; wrong labels and vocabularies are told before anything runs.
#include "suites/data/Layouts.h"
#include "suites/kinds/Kinds.h"
#include "suites/run/LabelOrder.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/Offline.h"
#include "suites/run/TokenizerSearch.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::string utf8(int32_t c) { // U+0800..U+FFFF
  return {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 63)),
          static_cast<char>(0x80 | (c & 63))};
}

/// A folder of its own with a vocabulary of as many tokens as the Chinese models have, gone with the test.
class Folder {
public:
  Folder() {
    ::setenv("CLEW_HOME", CLEW_SOURCE_DIR, 1);
    std::string name = (fs::temp_directory_path() / "clew-subject-XXXXXX").string();
    path = ::mkdtemp(name.data());
    writeVocabulary("vocab.txt", "[MASK]");
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  std::string operator/(const std::string &name) const { return (path / name).string(); }

  void writeVocabulary(const std::string &name, const std::string &fifth) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream file(path / name);
    file << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n" << fifth << "\n";
    for (int32_t i = 5; i < 21128; ++i) {
      file << (i < 20005 ? utf8(0x4E00 + i - 5) : "t" + std::to_string(i)) << "\n";
    }
  }
  void write(const std::string &name, const std::string &text) const { std::ofstream(path / name) << text; }

private:
  fs::path path;
};

Task taskOf(const TaskKind &kind) {
  Task task;
  task.name = "test";
  task.kind = &kind;
  task.longest = 64;
  task.stride = 16;
  task.longestAnswer = 12;
  const bool labels =
      &kind != &spanKind() && &kind != &choiceKind() && &kind != &clozeKind() && &kind != &regressionKind();
  task.labels = labels ? std::vector<std::string>{"x", "y", "z"} : std::vector<std::string>();
  return task;
}

constexpr const char *kOneLayer = CLEW_SOURCE_DIR "/tests/golden/bilstm_small.yaml:one-layer";

/// A model for the task, with its head.
Result<Subject> open(const Task &task, const SubjectOptions &options, std::string spec = "") {
  if (spec.empty()) {
    spec = task.kind == &tagKind() ? kOneLayer : "bert/minirbt-h256";
  }
  const Result<Zoo> zoo = Zoo::open();
  REQUIRE(zoo);
  const Result<Model> body = zoo->findModel(spec);
  REQUIRE(body);
  const Result<Model> model = zoo->withHead(*body, std::string(task.kind->head), task.outputs());
  REQUIRE(model);
  return Subject::open(task, *model, options);
}

SubjectOptions optionsOf(const Folder &folder) {
  SubjectOptions options;
  options.vocabulary = folder / "vocab.txt";
  options.threads = 2;
  options.deterministic = true;
  return options;
}

std::vector<Row> someRows(size_t count, size_t longest, const TaskKind &kind = pairKind()) {
  std::mt19937 chance(1);
  const auto text = [&] {
    std::string made;
    for (size_t length = chance() % longest; length > 0; --length) {
      made += utf8(0x4E00 + static_cast<int32_t>(chance() % 9000));
    }
    return made;
  };
  std::vector<Row> rows(count);
  for (size_t i = 0; i < count; ++i) {
    rows[i].id = static_cast<int64_t>(i);
    for (const RowField &field : kind.fields) {
      std::vector<std::string> items(field.type == FieldType::List ? 1 + chance() % 3 : 1);
      std::ranges::generate(items, text);
      addField(kind, std::move(items), rows[i]);
    }
    kind.completeRow(rows[i]);
  }
  return rows;
}

void checkSame(const Prediction &a, const Prediction &b) {
  CHECK(a.id == b.id);
  CHECK(a.answer == b.answer); // to the last bit
}

void checkSame(const std::vector<Prediction> &a, const std::vector<Prediction> &b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    checkSame(a[i], b[i]);
  }
}

TEST_CASE("a row's answer is the same alone, packed with others, and offline") {
  const Folder folder;
  for (const TaskKind *each : taskKinds()) {
    const TaskKind &kind = *each;
    CAPTURE(kind.name);
    Result<Subject> subject = open(taskOf(kind), optionsOf(folder));
    REQUIRE_MESSAGE(subject, subject.error().render());
    const std::vector<Row> rows = someRows(23, 100, kind);
    Result<SessionSlot> slot = subject->makeSlot();
    REQUIRE(slot);
    std::vector<Prediction> packed;
    REQUIRE(subject->answer(rows, *slot, packed));
    std::vector<Prediction> one;
    for (size_t i = 0; i < rows.size(); ++i) {
      REQUIRE(subject->answer(std::span(rows).subspan(i, 1), *slot, one));
      checkSame(one[0], packed[i]);
    }
    for (const int threads : {1, 2}) {
      const auto run =
          runOffline(*subject, rows,
                     {.threads = threads, .tokensOfABatch = threads == 1 ? 100 : 400, .withoutText = threads == 2});
      REQUIRE(run);
      checkSame(run->predictions, packed);
      CHECK(run->batches > 1);
      CHECK(run->seconds > 0);
      CHECK((run->secondsWithoutText > 0) == (threads == 2));
      CHECK(run->tokens == static_cast<int64_t>([&] {
              REQUIRE(subject->encode(rows, *slot));
              return slot->encoded.ids.size();
            }()));
    }
  }
}

TEST_CASE("more tokens than one run takes run in parts") {
  const Folder folder;
  Task task = taskOf(tagKind());
  task.longest = 512;
  Result<Subject> subject = open(task, optionsOf(folder));
  REQUIRE(subject);
  std::vector<Row> rows = someRows(90, 2);
  for (Row &row : rows) {
    while (row.fields[0].size() < size_t{3} * 512) {
      row.fields[0] +=
          utf8(0x4E00 + static_cast<int32_t>(
                            (row.fields[0].size() * 7919 + static_cast<size_t>(std::get<int64_t>(row.id))) % 9000));
    }
  }
  Result<SessionSlot> slot = subject->makeSlot();
  REQUIRE(slot);
  std::vector<Prediction> all;
  REQUIRE(subject->answer(rows, *slot, all));
  CHECK(static_cast<int64_t>(slot->encoded.ids.size()) > Subject::kTokensOfARun);
  std::vector<Prediction> one;
  for (const size_t i : {size_t{0}, size_t{63}, size_t{64}, size_t{89}}) {
    REQUIRE(subject->answer(std::span(rows).subspan(i, 1), *slot, one));
    checkSame(one[0], all[i]);
  }
}

TEST_CASE("what a subject says of itself") {
  const Folder folder;
  Result<Subject> subject = open(taskOf(tagKind()), optionsOf(folder));
  REQUIRE(subject);
  CHECK(subject->modelName() == "bilstm-small/one-layer");
  CHECK(subject->identity().weightsSha256 == "random:0");
  CHECK(subject->hasRandomWeights());
  CHECK(subject->identity().modelSha256.size() == 64);
  CHECK(subject->longest() == 64);
  CHECK(subject->coldStart().load > 0);
  CHECK(subject->coldStart().compile > 0);
  CHECK(subject->coldStart().first > 0);
  CHECK(peakMemoryBytes() > 1 << 20);
  Result<Subject> deeper =
      open(taskOf(tagKind()), optionsOf(folder), CLEW_SOURCE_DIR "/tests/golden/bilstm_small.yaml:two-layers");
  REQUIRE(deeper);
  CHECK(deeper->identity().modelSha256 != subject->identity().modelSha256);
  CHECK(deeper->parameters() > subject->parameters());
}

TEST_CASE("a row that cannot be read is named") {
  const Folder folder;
  Result<Subject> subject = open(taskOf(tagKind()), optionsOf(folder));
  REQUIRE(subject);
  std::vector<Row> rows = someRows(9, 9);
  rows[4].fields[0] = "\xff";
  const Result<OfflineRun> run = runOffline(*subject, rows, {});
  REQUIRE(!run);
  CHECK(run.error().message.starts_with("row 4: "));
  CHECK(!runOffline(*subject, {}, {}));
}

TEST_CASE("labels in another order are refused, both lists in the message") {
  const Task task = taskOf(tagKind());
  const std::vector<std::string> names = {"O", "B-x", "I-x", "B-y", "I-y", "B-z", "I-z"};
  CHECK(checkLabelOrder(task, names, "w"));
  CHECK(checkLabelOrder(task, {}, "w"));
  std::vector<std::string> turned = names;
  std::swap(turned[1], turned[3]);
  const Result<void> bad = checkLabelOrder(task, turned, "w");
  REQUIRE(!bad);
  CHECK(bad.error().message.find("[O, B-x, I-x, B-y, I-y, B-z, I-z]") != std::string::npos);
  CHECK(bad.error().message.find("[O, B-y, I-x, B-x, I-y, B-z, I-z]") != std::string::npos);
}

TEST_CASE("labels come from the metadata or from config.json") {
  const Folder folder;
  Result<Subject> subject = open(taskOf(tagKind()), optionsOf(folder));
  REQUIRE(subject);
  const Program &program = subject->executable().program();
  const std::string file = folder / "model.safetensors";
  SaveOptions save;
  save.metadata.emplace("clew.labels", R"(["O","B-y"])");
  REQUIRE(saveWeights(file, program, subject->executable().weights(), save));
  SubjectOptions options = optionsOf(folder);
  options.weights = file;
  CHECK(!open(taskOf(tagKind()), options));
  REQUIRE(saveWeights(file, program, subject->executable().weights()));
  CHECK(open(taskOf(tagKind()), options));
  options.weights = folder / ".";
  folder.write("config.json", R"({"id2label": {"1": "B-x", "0": "O"}})");
  CHECK(!open(taskOf(tagKind()), options));
  folder.write("config.json", R"({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})"); // nobody named them
  options.vocabulary.clear();                                                       // vocab.txt lies beside the weights
  Result<Subject> found = open(taskOf(tagKind()), options);
  REQUIRE(found);
  CHECK(found->identity().weightsSha256.size() == 64);
  folder.write("config.json", R"({"id2label": ["O"]})");
  CHECK(!open(taskOf(tagKind()), options));
}

TEST_CASE("how a model reads texts is part of what it is") {
  Model model;
  const std::string usual = *modelSha256(model);
  model.text.stated = true; // the same form, said
  CHECK(*modelSha256(model) == usual);
  model.text.pair.clear();
  CHECK(*modelSha256(model) != usual);
  model.text = TextForm();
  model.text.single = *parseTemplate("A [SEP]", false);
  CHECK(*modelSha256(model) != usual);
  model.text = TextForm();
  model.text.tokenizer = "characters";
  CHECK(*modelSha256(model) != usual);
}

TEST_CASE("the vocabulary is the only one that fits") {
  const Folder folder;
  const Model model; // which reads as BERT does
  CHECK(findTokenizer(model, {folder / "vocab.txt", "", "", 21128}));
  CHECK(!findTokenizer(model, {folder / "vocab.txt", "", "", 21127}));
  CHECK(!findTokenizer(model, {"", "", folder / "data", 21127}));
  folder.writeVocabulary("data/vocab/a.txt", "[MASK]");
  folder.write("data/vocab/other.txt", "[UNK]\n[CLS]\n[SEP]\n");
  folder.write("data/vocab/nonsense.txt", "\xff\n");
  CHECK(findTokenizer(model, {"", "", folder / "data", 21128}));
  folder.writeVocabulary("data/vocab/copy.txt", "[MASK]");
  CHECK(findTokenizer(model, {"", "", folder / "data", 21128}));
  folder.writeVocabulary("data/vocab/b.txt", "[mask]");
  const auto several = findTokenizer(model, {"", "", folder / "data", 21128});
  REQUIRE(!several);
  CHECK(several.error().message.find("b.txt") != std::string::npos);
  fs::create_directories(folder / "nowhere");
  folder.write("nowhere/w.safetensors", "");
  const auto none = findTokenizer(model, {"", folder / "nowhere/w.safetensors", folder / "nothing", 12});
  REQUIRE(!none);
  CHECK(none.error().kind == ErrorKind::NotFound);
  CHECK(none.error().message.find("nowhere/vocab.txt") != std::string::npos);
  CHECK(none.error().message.find("nothing/vocab/*.txt") != std::string::npos);
  CHECK(none.error().message.find("suites/samples/vocab.txt") != std::string::npos);
}

} // namespace
} // namespace clew
