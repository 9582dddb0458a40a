// What of texts goes into which input of a model, by what the inputs have a number for; and characters of tokens, cut out of batches.
#include "suites/run/InputFeed.h"

#include "runtime/text/WordBytes.h"
#include "suites/data/Layouts.h"
#include "suites/kinds/Kinds.h"
#include "suites/run/RowEncoder.h"

#include <doctest/doctest.h>

namespace clew {
namespace {

using Ints = std::vector<int32_t>;

Task taskOf(const TaskKind &kind) {
  Task task;
  task.name = "test";
  task.kind = &kind;
  task.labels = {"x", "y"};
  return task;
}

/// A model of words by their bytes, its inputs called as nobody else calls them.
Model wordModel() {
  Model model;
  model.inputs = {{"rows", "tokens", "batch"}, {"letters", "bytes"}, {"words", "bytes", "tokens"}};
  model.text.tokenizer = "word_bytes";
  model.text.single = *parseTemplate("<S> A </S>", false);
  model.text.pair = *parseTemplate("<S> A </S> B </S>", true);
  model.text.characters = CharacterForm{8, 2};
  return model;
}

EncodedRows encoded(const TaskKind &kind, const std::vector<std::vector<std::string>> &texts, int64_t longest = 16) {
  const auto tokenizer = WordBytes::create(wordModel().text);
  REQUIRE(tokenizer);
  const Result<RowEncoder> encoder = RowEncoder::create(taskOf(kind), *tokenizer, longest);
  REQUIRE(encoder);
  EncodedRows out;
  for (size_t i = 0; i < texts.size(); ++i) {
    Row row;
    row.id = static_cast<int64_t>(i);
    row.fields = texts[i];
    REQUIRE(encoder->append(row, static_cast<int32_t>(i), out));
  }
  return out;
}

Ints found(const Batch &batch, const std::string &name) {
  const auto values = batch.find(name);
  return {values.begin(), values.end()};
}

} // namespace

TEST_CASE("a model that wants what no text gives says so before anything runs") {
  Model model;
  model.inputs = {{"ids", "tokens"}, {"segments", "tokens", "", true}, {"offsets", "tokens", "batch"}};
  CHECK(!InputFeed::missing(model));
  model.inputs.push_back({"characters", "characters"});
  model.inputs.push_back({"character_offsets", "characters", "tokens"});
  CHECK(InputFeed::missing(model) ==
        "it reads 'characters' of characters, which texts that are read by 'wordpiece' do not give");
  CHECK(cannotRead(model, taskOf(classifyKind())) == InputFeed::missing(model));
  model.text.tokenizer = "word_bytes";
  CHECK(!InputFeed::missing(model));
  model.inputs.push_back({"shapes", "characters"});
  CHECK(InputFeed::missing(model)->starts_with("it reads 'characters' of characters, which texts"));
  model.inputs = {{"ids", "tokens"}, {"offsets", "tokens", "choices"}, {"choice_offsets", "choices", "batch"}};
  CHECK(!InputFeed::missing(model));
  model.inputs.push_back({"kinds", "choices"});
  CHECK(InputFeed::missing(model) ==
        "it reads 'kinds' of choices, which texts that are read by 'word_bytes' do not give");
  model.inputs = {
      {"ids", "tokens"}, {"offsets", "tokens", "choices"}, {"p", "choices", "pages"}, {"q", "pages", "batch"}};
  CHECK(InputFeed::missing(model)->starts_with("it reads 'ids' of tokens, which texts"));
  model.inputs = {{"ids", "tokens"}, {"ages", "tokens"}, {"offsets", "tokens", "batch"}};
  CHECK(InputFeed::missing(model)->starts_with("it reads 'ages' of tokens, which texts"));
}

TEST_CASE("inputs are fed by what they are of, whatever they are called") {
  const InputFeed feed(wordModel());
  CHECK(feed.characters() == "letters");
  const EncodedRows rows = encoded(classifyKind(), {{"ab"}, {"c abcdefgh"}});
  CHECK(rows.characterOffsets == Ints{0, 5, 11, 16, 21, 26, 34, 39});
  FeedMemory memory;
  const Batch all = feed.batchOf(rows, 0, 2, memory);
  CHECK(found(all, "rows") == Ints{0, 3, 7});
  CHECK(found(all, "words") == rows.characterOffsets);
  CHECK(found(all, "letters") == rows.characters);
  CHECK(found(all, "ids").empty());
  CHECK(Ints(rows.characters.begin(), rows.characters.begin() + 11) ==
        Ints{258, 256, 259, 260, 260, 258, 97, 98, 259, 260, 260});
  const Batch second = feed.batchOf(rows, 1, 2, memory);
  CHECK(found(second, "rows") == Ints{0, 4});
  CHECK(found(second, "words") == Ints{0, 5, 10, 18, 23});
  CHECK(found(second, "letters") == Ints(rows.characters.begin() + 16, rows.characters.end()));
}

TEST_CASE("a model of choices is told which sequences are one row's") {
  Model model = wordModel();
  model.inputs = {{"ids", "tokens"}, {"ends", "tokens", "choices"}, {"questions", "choices", "batch"}};
  const InputFeed feed(model);
  CHECK(feed.readsRows());
  CHECK(!InputFeed(wordModel()).readsRows());
  const auto tokenizer = WordBytes::create(model.text);
  REQUIRE(tokenizer);
  const Result<RowEncoder> encoder = RowEncoder::create(taskOf(choiceKind()), *tokenizer, 16);
  REQUIRE(encoder);
  EncodedRows rows;
  for (int32_t i = 0; i < 3; ++i) {
    Row row;
    row.id = int64_t{i};
    addField(choiceKind(), {"a b"}, row);
    addField(choiceKind(), {"q "}, row);
    addField(choiceKind(), std::vector<std::string>(static_cast<size_t>(i) + 1, "c d"), row);
    REQUIRE(encoder->append(row, i, rows));
  }
  CHECK(rows.sequences.size() == 6);
  FeedMemory memory;
  const Batch all = feed.batchOf(rows, 0, 6, memory);
  CHECK(found(all, "questions") == Ints{0, 1, 3, 6});
  CHECK(found(all, "ends") == rows.offsets);
  CHECK(found(all, "ids") == rows.ids);
  const Batch part = feed.batchOf(rows, 1, 3, memory);
  CHECK(found(part, "questions") == Ints{0, 2});
  CHECK(found(part, "ends") == Ints{0, 8, 16}); // <S> a b </S> q c d </S>
}

TEST_CASE("words that are cut off take their characters along, and windows have those of their words") {
  const EncodedRows cut = encoded(classifyKind(), {{"a bb ccc dddd"}}, 4);
  CHECK(cut.ids.size() == 4);
  CHECK(cut.characterOffsets == Ints{0, 5, 10, 16, 21});
  const EncodedRows windows = encoded(spanKind(), {{"a bb ccc dddd eeeee ffffff g h i j", "q"}}, 9);
  REQUIRE(windows.sequences.size() > 1);
  REQUIRE(windows.characterOffsets.size() == windows.ids.size() + 1);
  for (const EncodedRows::Sequence &sequence : windows.sequences) {
    const auto first = static_cast<size_t>(windows.characterOffsets[static_cast<size_t>(sequence.textBegin)]);
    CHECK(windows.characters[first] == CharacterBytes::WordBegin);
    const std::string text = "abcdefghij";
    CHECK(text.find(static_cast<char>(windows.characters[first + 1])) != std::string::npos);
  }
}

TEST_CASE("unknown tokens have characters, too") {
  const auto tokenizer = WordBytes::create(wordModel().text);
  REQUIRE(tokenizer);
  const Result<RowEncoder> encoder = RowEncoder::create(taskOf(classifyKind()), *tokenizer, 16);
  REQUIRE(encoder);
  EncodedRows rows;
  encoder->appendUnknown(3, rows);
  CHECK(rows.offsets == Ints{0, 3});
  CHECK(rows.characterOffsets == Ints{0, 8, 16, 24}); // <UNK>, of 5 bytes
}

} // namespace clew
