// SentencePiece files byte by byte: what they may say, and that what they may not is refused with the file's name. KindsGoldenTest has whole
// ones, with Transformers' answers.
#include "runtime/text/PieceFile.h"

#include <doctest/doctest.h>
#include <string>

using namespace clew;

namespace {

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(value | 0x80);
  }
  return bytes + static_cast<char>(value);
}

std::string number(int field, uint64_t value) { return varint(static_cast<uint64_t>(field) << 3) + varint(value); }

std::string bytes(int field, const std::string &content) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}

std::string piece(const std::string &text, const std::string &score = std::string("\0\0\x80\xbf", 4), int kind = 1) {
  return bytes(1, bytes(1, text) + "\x15" + score + number(3, static_cast<uint64_t>(kind)));
}

std::string refusal(const std::string &file) {
  const Result<PieceFile> read = PieceFile::read(file, "x.model");
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ErrorKind::BadInput);
  return read.error().render();
}

} // namespace

TEST_CASE("a file's pieces, roles and settings") {
  const std::string trainer = number(3, 2) + number(24, 1) + number(35, 1) + number(40, 1) + bytes(45, "<u>") +
                              number(41, UINT64_MAX) + bytes(47, "<end>") + number(4, 8000);
  const std::string file = piece("\u2581a") + piece("<u>", std::string(4, '\0'), 2) + bytes(2, trainer) +
                           bytes(3, bytes(2, "map") + number(3, 0) + number(4, 0) + number(5, 0)) + bytes(5, "later");
  const Result<PieceFile> read = PieceFile::read(file, "x.model");
  REQUIRE(read);
  REQUIRE(read->pieces.size() == 2);
  CHECK(read->pieces[0].text == "\u2581a");
  CHECK(read->pieces[0].score == -1.0F);
  CHECK(read->pieces[1].kind == PieceFile::Kind::Unknown);
  CHECK(read->model == PieceFile::Model::Bpe);
  CHECK(read->unknown.id == 1);
  CHECK(read->unknown.text == "<u>");
  CHECK(read->first.id == -1);
  CHECK(read->last.text == "<end>");
  CHECK((read->byteFallback && read->suffixesSpace));
  CHECK_FALSE((read->prefixesSpace || read->joinsSpaces || read->escapesSpaces));
  CHECK(read->charsmap == "map");
}

TEST_CASE("what goes without saying is the format's own default") {
  const Result<PieceFile> read = PieceFile::read(piece("a"), "x.model");
  REQUIRE(read);
  CHECK(read->model == PieceFile::Model::Unigram);
  CHECK((read->prefixesSpace && read->joinsSpaces && read->escapesSpaces));
  CHECK_FALSE((read->byteFallback || read->suffixesSpace));
  CHECK(read->last.id == 2);
}

TEST_CASE("what is no model is refused with what was found") {
  CHECK(refusal("") == "x.model: error: expected a model of SentencePiece, found no pieces");
  CHECK(refusal("\x0a").find("cut short") != std::string::npos);
  CHECK(refusal("version https://git-lfs.github.com/spec/v1\n").find("x.model: error: ") == 0);
  CHECK(refusal(number(1, 5)).find("field 1 has another type") != std::string::npos);
  CHECK(refusal(piece("\xff")).find("the piece of id 0 that is no UTF-8") != std::string::npos);
  CHECK(refusal(piece("a", std::string("\0\0\xc0\x7f", 4))).find("no number") != std::string::npos);
  CHECK(refusal(piece("a", std::string(4, '\0'), 7)).find("the piece of id 0 of type 7") != std::string::npos);
  CHECK(refusal(piece("a") + bytes(2, number(3, 9))).find("model_type 9") != std::string::npos);
  CHECK(refusal(piece("a") + bytes(2, number(40, 1))).find("an unk_id of 1 where there are 1 pieces") !=
        std::string::npos);
  CHECK(refusal(piece("a") + bytes(2, bytes(45, "\xff"))).find("no UTF-8") != std::string::npos);
  CHECK(refusal(piece("a") + bytes(2, bytes(3, "1"))).find("a trainer_spec whose field 3") != std::string::npos);
  CHECK(refusal(piece("a") + bytes(3, number(2, 1))).find("a normalizer_spec whose field 2") != std::string::npos);
}

TEST_CASE("a file cut short anywhere is refused, or ends between two fields") {
  const std::string file = piece("\u2581the") + piece("a") + bytes(2, number(3, 1)) + bytes(3, bytes(2, "map"));
  for (size_t size = 0; size < file.size(); ++size) {
    const Result<PieceFile> read = PieceFile::read(std::string_view(file).substr(0, size), "x.model");
    CHECK((!read || (read->pieces.size() <= 2 && (read->charsmap.empty() || read->charsmap == "map"))));
  }
}
