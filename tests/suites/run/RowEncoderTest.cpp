// Rows to token sequences, held against sequences that were written by hand.
#include "suites/run/RowEncoder.h"

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

WordPiece tokenizer() {
  Result<Vocabulary> vocabulary =
      Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n中\n国\n人\n好\nplay\n##ing\na\nb\nc\n", "test");
  REQUIRE(vocabulary);
  Result<WordPiece> made = WordPiece::create(std::move(*vocabulary));
  REQUIRE(made);
  return std::move(*made);
}

Task taskOf(TaskKind kind) {
  Task task;
  task.name = "test";
  task.kind = kind;
  task.labels = {"x", "y"};
  return task;
}

Row rowOf(std::string first, std::string second = "") {
  Row row;
  row.id = int64_t{0};
  row.first = std::move(first);
  row.second = std::move(second);
  return row;
}

EncodedRows encoded(const Task &task, int64_t longest, const std::vector<Row> &rows, bool specials = true) {
  static const WordPiece shared = tokenizer(); // making one costs as much as a hundred thousand texts
  Result<RowEncoder> encoder = RowEncoder::create(task, shared, longest, specials);
  REQUIRE(encoder);
  EncodedRows out;
  for (size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(encoder->append(rows[i], static_cast<int32_t>(i), out));
  }
  return out;
}

using Ints = std::vector<int32_t>;

TEST_CASE("one text stands between [CLS] and [SEP]; what is too long is cut") {
  const EncodedRows out =
      encoded(taskOf(TaskKind::Classify), 6, {rowOf("中国 playing"), rowOf(""), rowOf("中国人好人好")});
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

TEST_CASE("two texts: segments 0 and 1") {
  const EncodedRows out = encoded(taskOf(TaskKind::Pair), 16, {rowOf("中国", "人")});
  CHECK(out.ids == Ints{Cls, Zhong, Guo, Sep, Ren, Sep});
  CHECK(out.segments == Ints{0, 0, 0, 0, 1, 1});
}

TEST_CASE("of two texts the longer one is cut first, the second of equals") {
  const Task task = taskOf(TaskKind::Pair);
  // Room for five tokens beside the three special ones.
  CHECK(encoded(task, 8, {rowOf("中国人好中国", "a")}).ids == Ints{Cls, Zhong, Guo, Ren, Hao, Sep, A, Sep});
  CHECK(encoded(task, 8, {rowOf("中国", "a b c a b c")}).ids == Ints{Cls, Zhong, Guo, Sep, A, B, C, Sep});
  CHECK(encoded(task, 8, {rowOf("中国人好中国", "a b c a b c a")}).ids == Ints{Cls, Zhong, Guo, Ren, Sep, A, B, Sep});
  CHECK(encoded(task, 8, {rowOf("中国人", "a b c")}).ids == Ints{Cls, Zhong, Guo, Ren, Sep, A, B, Sep});
}

TEST_CASE("truncation is that of taking one token at a time") {
  const Task task = taskOf(TaskKind::Pair);
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
  const EncodedRows out = encoded(taskOf(TaskKind::Tag), 16, {row});
  CHECK(out.ids == Ints{Cls, Zhong, Unk, A, Hao, Sep});
  CHECK(out.begins == Ints{-1, 0, 1, 2, 3, -1});
  CHECK(encoded(taskOf(TaskKind::Tag), 4, {row}).ids == Ints{Cls, Zhong, Unk, Sep});
}

TEST_CASE("models without segments get bare characters, and never an empty sequence") {
  const EncodedRows out = encoded(taskOf(TaskKind::Tag), 3, {rowOf("中国人好"), rowOf("")}, false);
  CHECK(out.ids == Ints{Zhong, Guo, Ren, Unk});
  CHECK(out.offsets == Ints{0, 3, 4});
  CHECK(out.sequences[1].textTokens == 0);
  CHECK(!RowEncoder::create(taskOf(TaskKind::Classify), tokenizer(), 16, false));
}

TEST_CASE("a long context becomes windows that overlap by the stride") {
  Task task = taskOf(TaskKind::Span);
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
  Task task = taskOf(TaskKind::Span);
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
  CHECK(!RowEncoder::create(taskOf(TaskKind::Pair), tokenizer(), 3, true));
  Result<RowEncoder> encoder = RowEncoder::create(taskOf(TaskKind::Classify), tokenizer(), 16, true);
  REQUIRE(encoder);
  EncodedRows out;
  const Result<void> bad = encoder->append(rowOf("中\xff"), 0, out);
  REQUIRE(!bad);
  CHECK(bad.error().kind == ErrorKind::BadInput);
}

} // namespace
} // namespace clew
