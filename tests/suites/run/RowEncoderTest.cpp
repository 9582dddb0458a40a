// Rows to token sequences, held against sequences that were written by hand.
#include "suites/run/RowEncoder.h"
#include "suites/data/Layouts.h"

#include "runtime/text/WordPiece.h"
#include "suites/kinds/Kinds.h"

#include <doctest/doctest.h>

namespace clew {
namespace {

// The ids of the vocabulary below, by line.
enum Id : int32_t {
  Unk = 1,
  Cls = 2,
  Sep = 3,
  Zhong = 4,
  Guo = 5,
  Ren = 6,
  Hao = 7,
  Play = 8,
  Ing = 9,
  A = 10,
  B = 11,
  C = 12
};

/// Of BERT's form, or the one given.
std::shared_ptr<const Tokenizer> tokenizer(const std::string &single = "[CLS] A [SEP]",
                                           const std::string &pair = "[CLS] A [SEP] B:1 [SEP]:1") {
  Result<Vocabulary> vocabulary =
      Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n中\n国\n人\n好\nplay\n##ing\na\nb\nc\n", "test");
  REQUIRE(vocabulary);
  TextForm form;
  form.single = *parseTemplate(single, false);
  form.pair = pair.empty() ? TextTemplate() : *parseTemplate(pair, true);
  Result<WordPiece> made = WordPiece::create(*vocabulary, {}, std::move(form));
  REQUIRE(made);
  return std::make_shared<WordPiece>(std::move(*made));
}

Task taskOf(const TaskKind &kind) {
  Task task;
  task.name = "test";
  task.kind = &kind;
  task.labels = {"x", "y"};
  return task;
}

Row rowOf(std::string first, std::string second = "") {
  Row row;
  row.id = int64_t{0};
  row.fields = {std::move(first), std::move(second)};
  return row;
}

EncodedRows encoded(const Task &task, int64_t longest, const std::vector<Row> &rows,
                    const std::shared_ptr<const Tokenizer> &other = nullptr) {
  static const std::shared_ptr<const Tokenizer> shared = tokenizer(); // making one costs as much as many texts
  Result<RowEncoder> encoder = RowEncoder::create(task, other ? other : shared, longest);
  REQUIRE(encoder);
  EncodedRows out;
  for (size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(encoder->append(rows[i], static_cast<int32_t>(i), out));
  }
  return out;
}

using Ints = std::vector<int32_t>;

TEST_CASE("a document is cut into windows that overlap, without a question") {
  Task task = taskOf(documentKind());
  task.stride = 1;
  const EncodedRows out = encoded(task, 7, {rowOf("中国人好中国人"), rowOf(""), rowOf("a b c")});
  CHECK(out.ids == Ints{Cls, Zhong, Guo, Ren, Hao, Zhong, Sep, Cls, Zhong, Guo, Ren, Sep, Cls, Sep, Cls, A, B, C, Sep});
  CHECK(out.offsets == Ints{0, 7, 12, 14, 19});
  CHECK(out.segments == Ints(19, 0));
  CHECK(out.begins == Ints{-1, 0, 1, 2, 3, 4, -1, -1, 4, 5, 6, -1, -1, -1, -1, 0, 2, 4, -1});
  REQUIRE(out.sequences.size() == 4);
  CHECK(out.sequences[1].row == 0);
  CHECK(out.sequences[2].row == 1);
}

TEST_CASE("each choice is a sequence behind the same context, which is cut where it is too long") {
  Row row;
  row.id = int64_t{0};
  addField(choiceKind(), {"中国人"}, row);
  addField(choiceKind(), {"好"}, row);
  addField(choiceKind(), {"a", "b c"}, row);
  const EncodedRows out = encoded(taskOf(choiceKind()), 8, {row});
  CHECK(out.ids == Ints{Cls, Zhong, Guo, Ren, Sep, Hao, A, Sep, Cls, Zhong, Guo, Ren, Sep, Hao, B, Sep});
  CHECK(out.segments == Ints{0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1});
  CHECK(out.sequences.size() == 2);
}

TEST_CASE("one text stands between [CLS] and [SEP]; what is too long is cut") {
  const EncodedRows out = encoded(taskOf(classifyKind()), 6, {rowOf("中国 playing"), rowOf(""), rowOf("中国人好人好")});
  CHECK(out.ids == Ints{Cls, Zhong, Guo, Play, Ing, Sep, Cls, Sep, Cls, Zhong, Guo, Ren, Hao, Sep});
  CHECK(out.segments == Ints(14, 0));
  CHECK(out.offsets == Ints{0, 6, 8, 14});
  CHECK(out.begins == Ints{-1, 0, 1, 3, 7, -1, -1, -1, -1, 0, 1, 2, 3, -1});
  CHECK(out.ends == Ints{-1, 1, 2, 7, 10, -1, -1, -1, -1, 1, 2, 3, 4, -1});
  REQUIRE(out.sequences.size() == 3);
  CHECK(out.sequences[2].row == 2);
  CHECK(out.sequences[2].textBegin == 9);
  CHECK(out.sequences[2].textTokens == 4);
}

TEST_CASE("labels are of characters, or of the tokenizer's own tokens") {
  CHECK(encoded(taskOf(tagCharactersKind()), 16, {rowOf("中a playing")}).ids ==
        Ints{Cls, Zhong, A, Unk, Unk, Unk, A, Unk, Unk, Unk, Unk, Sep});
  CHECK(encoded(taskOf(tagWordsKind()), 16, {rowOf("中a playing")}).ids == Ints{Cls, Zhong, A, Play, Ing, Sep});
}

TEST_CASE("two texts: segments 0 and 1") {
  const EncodedRows out = encoded(taskOf(pairKind()), 16, {rowOf("中国", "人")});
  CHECK(out.ids == Ints{Cls, Zhong, Guo, Sep, Ren, Sep});
  CHECK(out.segments == Ints{0, 0, 0, 0, 1, 1});
}

TEST_CASE("of two texts the longer one is cut first, the second of equals") {
  const Task task = taskOf(pairKind());
  // Room for five tokens beside the three special ones.
  CHECK(encoded(task, 8, {rowOf("中国人好中国", "a")}).ids == Ints{Cls, Zhong, Guo, Ren, Hao, Sep, A, Sep});
  CHECK(encoded(task, 8, {rowOf("中国", "a b c a b c")}).ids == Ints{Cls, Zhong, Guo, Sep, A, B, C, Sep});
  CHECK(encoded(task, 8, {rowOf("中国人好中国", "a b c a b c a")}).ids == Ints{Cls, Zhong, Guo, Ren, Sep, A, B, Sep});
  CHECK(encoded(task, 8, {rowOf("中国人", "a b c")}).ids == Ints{Cls, Zhong, Guo, Ren, Sep, A, B, Sep});
}

TEST_CASE("truncation is that of taking one token at a time") {
  const Task task = taskOf(pairKind());
  for (size_t longest = 4; longest <= 12; ++longest) {
    for (size_t a = 0; a <= 12; ++a) {
      for (size_t b = 0; b <= 12; ++b) {
        size_t first = a;
        size_t second = b;
        while (first + second > longest - 3) {
          --(first > second ? first : second);
        }
        std::string x;
        std::string y;
        for (size_t i = 0; i < a; ++i) {
          x += "中";
        }
        for (size_t i = 0; i < b; ++i) {
          y += "国";
        }
        const EncodedRows out = encoded(task, static_cast<int64_t>(longest), {rowOf(x, y)});
        CHECK(static_cast<size_t>(out.sequences[0].textTokens) == first);
        CHECK(out.ids.size() == first + second + 3);
      }
    }
  }
}

TEST_CASE("tagging: one token a character, blanks too") {
  const Row row = rowOf("中 a好");
  const EncodedRows out = encoded(taskOf(tagKind()), 16, {row});
  CHECK(out.ids == Ints{Cls, Zhong, Unk, A, Hao, Sep});
  CHECK(out.begins == Ints{-1, 0, 1, 2, 3, -1});
  CHECK(encoded(taskOf(tagKind()), 4, {row}).ids == Ints{Cls, Zhong, Unk, Sep});
}

TEST_CASE("bare characters: no special tokens, and never an empty sequence") {
  const auto bare = tokenizer("A", "");
  const EncodedRows out = encoded(taskOf(tagKind()), 3, {rowOf("中国人好"), rowOf("")}, bare);
  CHECK(out.ids == Ints{Zhong, Guo, Ren, Unk});
  CHECK(out.offsets == Ints{0, 3, 4});
  CHECK(out.sequences[1].textTokens == 0);
  CHECK(encoded(taskOf(classifyKind()), 3, {rowOf("中playing")}, bare).ids == Ints{Zhong, Play, Ing});
}

TEST_CASE("a form is data: other places, more tokens, other segments, the second text first") {
  const auto other = tokenizer("A:3 [SEP] [CLS]:2", "B:1 [SEP] [SEP]:1 A [CLS]");
  const EncodedRows one = encoded(taskOf(classifyKind()), 5, {rowOf("中国人好")}, other);
  CHECK(one.ids == Ints{Zhong, Guo, Ren, Sep, Cls});
  CHECK(one.segments == Ints{3, 3, 3, 0, 2});
  const EncodedRows two = encoded(taskOf(pairKind()), 7, {rowOf("中国人好", "ab好")}, other);
  CHECK(two.ids == Ints{Unk, Hao, Sep, Sep, Zhong, Guo, Cls});
  CHECK(two.segments == Ints{1, 1, 0, 1, 0, 0, 0});
  CHECK(two.sequences[0].textBegin == 4);
  CHECK(two.sequences[0].textTokens == 2);
  CHECK(two.begins == Ints{-1, -1, -1, -1, 0, 1, -1});
  // The question is A, the window B.
  const EncodedRows span = encoded(taskOf(spanKind()), 11, {rowOf("中国", "人")}, other);
  CHECK(span.ids == Ints{Zhong, Guo, Sep, Sep, Ren, Cls});
  CHECK(span.sequences[0].textBegin == 0);
}

TEST_CASE("a model without a form for two texts reads none, and says so before anything runs") {
  Model model;
  for (const TaskKind *kind : {&classifyKind(), &tagKind(), &pairKind(), &spanKind()}) {
    CHECK(!cannotRead(model, taskOf(*kind)));
  }
  model.text.pair.clear();
  const auto bare = tokenizer("A", "");
  for (const TaskKind *kind : {&classifyKind(), &tagKind()}) {
    CHECK(!cannotRead(model, taskOf(*kind)));
    CHECK(RowEncoder::create(taskOf(*kind), bare, 16));
  }
  for (const TaskKind *kind : {&pairKind(), &spanKind()}) {
    CHECK(cannotRead(model, taskOf(*kind)).value_or("").find(kind->name) != std::string::npos);
    const Result<RowEncoder> encoder = RowEncoder::create(taskOf(*kind), bare, 16);
    REQUIRE(!encoder);
    CHECK(encoder.error().kind == ErrorKind::Unsupported);
  }
}

TEST_CASE("a long context becomes windows that overlap by the stride") {
  Task task = taskOf(spanKind());
  task.stride = 2;
  // Room: 10 - 3 - 2 = 5 tokens; each window begins 3 tokens after the last.
  const EncodedRows out = encoded(task, 10, {rowOf("中国人好abcab", "国人")});
  CHECK(out.sequences.size() == 1); // "abcab" is one word, unknown
  const EncodedRows three = encoded(task, 10, {rowOf("中国人好中国人好中国", "国人"), rowOf("中", "好")});
  REQUIRE(three.sequences.size() == 4);
  CHECK(three.offsets == Ints{0, 10, 20, 29, 34});
  CHECK(Ints(three.ids.begin(), three.ids.begin() + 20) ==
        Ints{Cls, Guo, Ren, Sep, Zhong, Guo,   Ren, Hao, Zhong, Sep, //
             Cls, Guo, Ren, Sep, Hao,   Zhong, Guo, Ren, Hao,   Sep});
  CHECK(Ints(three.segments.begin(), three.segments.begin() + 10) == Ints{0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  CHECK(Ints(three.begins.begin() + 20, three.begins.begin() + 29) == Ints{-1, -1, -1, -1, 6, 7, 8, 9, -1});
  CHECK(three.sequences[2].row == 0);
  CHECK(three.sequences[2].textBegin == 24);
  CHECK(three.sequences[2].textTokens == 4);
  CHECK(three.sequences[3].row == 1);
}

TEST_CASE("an endless question leaves half of the room to the context; a wide stride still moves on") {
  Task task = taskOf(spanKind());
  task.stride = 1000;
  const EncodedRows out = encoded(task, 11, {rowOf("中国人好中国人好", "国国国国国国国国国国国国")});
  // Room: 11 - 3 = 8, question 4, windows of 4 that move by 2.
  REQUIRE(out.sequences.size() == 3);
  CHECK(out.begins[static_cast<size_t>(out.sequences[2].textBegin)] == 4);
  const EncodedRows empty = encoded(task, 11, {rowOf("", "国")});
  CHECK(empty.sequences.size() == 1);
  CHECK(empty.sequences[0].textTokens == 0);
}

TEST_CASE("what cannot be encoded is an error") {
  CHECK(!RowEncoder::create(taskOf(pairKind()), tokenizer(), 3));
  Result<RowEncoder> encoder = RowEncoder::create(taskOf(classifyKind()), tokenizer(), 16);
  REQUIRE(encoder);
  EncodedRows out;
  const Result<void> bad = encoder->append(rowOf("中\xff"), 0, out);
  REQUIRE(!bad);
  CHECK(bad.error().kind == ErrorKind::BadInput);
}

} // namespace
} // namespace clew
