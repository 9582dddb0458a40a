// Pronoun: whether a pronoun means a name, both of which are marked in the text (CLUEWSC2020): _name_ and [pronoun], as in CLUE's baseline.
#include "runtime/base/Excerpt.h"
#include "suites/data/TextFile.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/Kinds.h"
#include "suites/kinds/LabelKind.h"
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <charconv>

namespace clew {
namespace {

constexpr size_t kText = 0;
constexpr size_t kName = 1; ///< then its place
constexpr size_t kPronoun = 3;

/// A piece of a text by bytes.
struct Piece {
  size_t begin = 0;
  size_t end = 0;
};

/// Where fields[which] stands in the text, at the code point fields[which + 1]; nothing if it does not stand there.
std::optional<Piece> pieceOf(const Row &row, size_t which) {
  const std::string &text = row.fields[kText];
  const std::string &digits = row.fields[which + 1];
  size_t place = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), place);
  const std::vector<size_t> offsets = codePointOffsets(text);
  const std::string &piece = row.fields[which];
  if (piece.empty() || place >= offsets.size() || text.compare(offsets[place], piece.size(), piece) != 0) {
    return std::nullopt;
  }
  return Piece{offsets[place], offsets[place] + piece.size()};
}

std::string marked(const std::string &text, const Piece &name, const Piece &pronoun) {
  std::string out;
  for (size_t byte = 0; byte <= text.size(); ++byte) {
    out += byte == name.end ? "_" : "";
    out += byte == pronoun.end ? "]" : "";
    out += byte == name.begin ? "_" : "";
    out += byte == pronoun.begin ? "[" : "";
    if (byte < text.size()) {
      out += text[byte];
    }
  }
  return out;
}

class Pronoun : public LabelKind {
public:
  Pronoun()
      : LabelKind({.name = "pronoun",
                   .head = "classify",
                   .fields = {{"text", "text"},
                              {"span1_text", "span1_text"},
                              {"span1_index", "span1_index", FieldType::Number},
                              {"span2_text", "span2_text"},
                              {"span2_index", "span2_index", FieldType::Number}},
                   .readers = {"json"},
                   .metrics = namesOf(labelMetrics()),
                   .usual = kUsualLabelMetrics,
                   .sequence = {SequenceForm::Shape::OneText, SequenceForm::Logits::Sequence, kText, kText}}) {}

  Result<void> checkRow(const Row &row) const override {
    for (const size_t which : {kName, kPronoun}) {
      if (!pieceOf(row, which)) {
        return fail(ErrorKind::BadInput, fmt::format("'{}' does not stand at character {} of the text",
                                                     excerpt(row.fields[which]), row.fields[which + 1]));
      }
    }
    return {};
  }

  std::vector<int64_t> shares(int64_t characters) const override { return {characters, 0, 0, 0, 0}; }

  /// The first character is both.
  void completeRow(Row &row) const override {
    const std::string &text = row.fields[kText];
    const std::string first(codePoints(text, 0, 1));
    row.fields = {text, first, "0", first, "0"};
  }

  void textsOf(const Row &row, int64_t /*longest*/, SequenceTexts &texts) const override {
    const std::optional<Piece> name = pieceOf(row, kName);
    const std::optional<Piece> pronoun = pieceOf(row, kPronoun);
    const std::string &text = row.fields[kText];
    texts.sequences.push_back(
        {name && pronoun ? texts.keep(marked(text, *name, *pronoun)) : std::string_view(text), {}});
  }
};

} // namespace

const TaskKind &pronounKind() {
  static const Pronoun kind;
  return kind;
}

} // namespace clew
