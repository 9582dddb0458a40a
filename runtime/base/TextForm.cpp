// See TextForm.h.
#include "runtime/base/TextForm.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr size_t mostPieces = 16;
constexpr size_t longestName = 64;
constexpr int mostSegment = 255;

/// Cuts ":1" off the end of `word`; -1 if what stands there is no segment. A name may hold colons itself.
int takeSegment(std::string_view &word) {
  const size_t colon = word.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return 0;
  }
  const std::string_view digits = word.substr(colon + 1);
  int segment = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), segment);
  if (error != std::errc() || end != digits.data() + digits.size() || segment < 0 || segment > mostSegment) {
    return -1;
  }
  word = word.substr(0, colon);
  return segment;
}

Result<TextPiece> pieceOf(std::string_view word) {
  TextPiece piece;
  std::string_view name = word;
  piece.segment = takeSegment(name);
  if (piece.segment < 0) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a segment of 0 to {} behind ':', found '{}'", mostSegment, word));
  }
  if (name.size() > longestName) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a name of at most {} bytes, found one of {}", longestName, name.size()));
  }
  piece.kind = name == "A" ? TextPiece::Kind::First : name == "B" ? TextPiece::Kind::Second : TextPiece::Kind::Token;
  if (piece.kind == TextPiece::Kind::Token) {
    piece.token = name;
  }
  return piece;
}

} // namespace

Result<TextTemplate> parseTemplate(std::string_view text, bool pair) {
  TextTemplate pieces;
  for (size_t at = text.find_first_not_of(' '); at != std::string_view::npos;) {
    const size_t end = std::min(text.find(' ', at), text.size());
    Result<TextPiece> piece = pieceOf(text.substr(at, end - at));
    if (!piece) {
      return fail(piece);
    }
    pieces.push_back(std::move(*piece));
    if (pieces.size() > mostPieces) {
      return fail(ErrorKind::BadInput, fmt::format("expected at most {} pieces", mostPieces));
    }
    at = text.find_first_not_of(' ', end);
  }
  const auto first = std::ranges::count(pieces, TextPiece::Kind::First, &TextPiece::kind);
  const auto second = std::ranges::count(pieces, TextPiece::Kind::Second, &TextPiece::kind);
  if (first != 1 || second != (pair ? 1 : 0)) {
    return fail(ErrorKind::BadInput, fmt::format("expected {}, found {} A and {} B in '{}'",
                                                 pair ? "one A and one B" : "one A and no B", first, second, text));
  }
  return pieces;
}

std::string render(const TextTemplate &pieces) {
  std::string text;
  for (const TextPiece &piece : pieces) {
    text += text.empty() ? "" : " ";
    text += piece.kind == TextPiece::Kind::First ? "A" : piece.kind == TextPiece::Kind::Second ? "B" : piece.token;
    text += piece.segment ? fmt::format(":{}", piece.segment) : "";
  }
  return text;
}

TextForm::TextForm()
    : single(parseTemplate("[CLS] A [SEP]", false).value()),
      pair(parseTemplate("[CLS] A [SEP] B:1 [SEP]:1", true).value()) {}

} // namespace clew
