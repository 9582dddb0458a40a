// Rows of files that write a character and its tag a line, with an empty line between sentences: MSRA NER, People's Daily (BIO), Resume
// (BMES), Weibo (BIO, characters with a number for their place in the word), and files with one label for each character or word.
#include "runtime/base/Excerpt.h"
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"

namespace clew {
namespace {

enum class Scheme { Bio, Bioes, Bmes, Labels };

/// The letter of a tag: begins, goes on, ends, stands alone.
enum class Move { Begin, Inside, End, Single };

std::optional<Move> moveOf(Scheme scheme, char letter) {
  const bool longer = scheme == Scheme::Bioes || scheme == Scheme::Bmes;
  switch (letter) {
  case 'B':
    return Move::Begin;
  case 'I':
    return scheme == Scheme::Bmes ? std::nullopt : std::optional(Move::Inside);
  case 'M':
    return scheme == Scheme::Bmes ? std::optional(Move::Inside) : std::nullopt;
  case 'E':
    return longer ? std::optional(Move::End) : std::nullopt;
  case 'S':
    return longer ? std::optional(Move::Single) : std::nullopt;
  default:
    return std::nullopt;
  }
}

std::string_view tagsOf(Scheme scheme) {
  switch (scheme) {
  case Scheme::Bio:
    return "O, B-TYPE or I-TYPE";
  case Scheme::Bioes:
    return "O, B-TYPE, I-TYPE, E-TYPE or S-TYPE";
  case Scheme::Bmes:
    return "O, B-TYPE, M-TYPE, E-TYPE or S-TYPE";
  case Scheme::Labels:
    return "a label";
  }
  return "";
}

/// Reads the file's lines into sentences.
class ColumnReader {
public:
  ColumnReader(const LayoutInput &input, Scheme scheme)
      : input(input), scheme(scheme),
        words(scheme == Scheme::Labels && input.task.kind->sequence.shape == SequenceForm::Shape::OneText) {
    out.before = input.before;
  }

  Result<LayoutRows> read() {
    Lines lines(input.text);
    for (std::string_view line; lines.next(line);) {
      if (line.empty()) {
        finish();
      } else if (const Result<void> added = add(line, lines.number()); !added) {
        return fail(added);
      }
    }
    finish();
    if (insideFirst > 0) {
      const std::string letters = scheme == Scheme::Bio ? "I-" : scheme == Scheme::Bioes ? "I- or E-" : "M- or E-";
      out.notes.push_back(std::to_string(insideFirst) +
                          (insideFirst == 1 ? " entity begins with " : " entities begin with ") + letters +
                          " and not B- (" + (insideFirst == 1 ? "line " : "the first on line ") +
                          std::to_string(insideFirstLine) + "): read as beginnings, as conlleval does");
    }
    return std::move(out);
  }

private:
  /// The character of a line without its tag: one code point, and behind it digits where the layout says so. Else nothing.
  std::optional<std::string_view> tokenOf(std::string_view cell) const {
    if (words) {
      return cell.empty() || cell.find_first_of(" \t") != std::string_view::npos ? std::nullopt : std::optional(cell);
    }
    if (input.layout.numbered) {
      const std::vector<size_t> offsets = codePointOffsets(cell);
      if (offsets.size() < 3 || cell.find_first_not_of("0123456789", offsets[1]) != std::string_view::npos) {
        return std::nullopt;
      }
      return cell.substr(0, offsets[1]);
    }
    return countCodePoints(cell) == 1 ? std::optional(cell) : std::nullopt;
  }

  /// One character, or word, with its tag; the tag may lack where labels are not needed.
  Result<void> add(std::string_view line, int number) {
    const bool bare = !input.labelled && tokenOf(line).has_value();
    const size_t gap = bare ? std::string_view::npos : line.find_last_of(" \t");
    const std::optional<std::string_view> token = tokenOf(line.substr(0, gap));
    if ((input.labelled && gap == std::string_view::npos) || !token) {
      const std::string wanted = words                   ? "one word"
                                 : input.layout.numbered ? "one character with its number"
                                                         : "one character";
      return failAt(input, number, "expected " + wanted + " and its tag, found '" + excerpt(line) + "'");
    }
    if (length == 0) {
      text.clear();
      firstLine = number;
    } else if (words) {
      text += ' ';
      ++length;
    }
    text += *token;
    begin = length;
    length += words ? countCodePoints(*token) : 1;
    return input.labelled ? addTag(line.substr(gap + 1), number) : Result<void>();
  }

  Result<void> addTag(std::string_view tag, int number) {
    if (scheme == Scheme::Labels) {
      return addEntity(tag, Move::Single, number);
    }
    if (tag == "O") {
      open = false;
      return {};
    }
    const std::optional<Move> move = tag.size() >= 2 && tag[1] == '-' ? moveOf(scheme, tag.front()) : std::nullopt;
    if (!move) {
      return failAt(input, number, "expected a tag " + std::string(tagsOf(scheme)) + ", found '" + excerpt(tag) + "'");
    }
    return addEntity(tag.substr(2), *move, number);
  }

  Result<void> addEntity(std::string_view label, Move move, int number) {
    const Result<std::optional<int32_t>> known = labelAt(input, label, number);
    if (!known) {
      return fail(known);
    }
    if (!*known) { // a type that the task skips
      open = false;
      return {};
    }
    const std::string &type = input.task.labels[static_cast<size_t>(**known)];
    const bool starts = move == Move::Begin || move == Move::Single;
    const bool goesOn = open && entities.back().type == type;
    if (!starts && !goesOn && insideFirst++ == 0) {
      insideFirstLine = number;
    }
    if (starts || !goesOn) {
      entities.push_back({type, begin, length});
    }
    entities.back().end = length;
    open = move == Move::Begin || move == Move::Inside;
    return {};
  }

  /// Ends the sentence, and with it an entity that goes to its end.
  void finish() {
    if (length > 0) {
      Row row;
      row.id = out.number();
      row.fields.push_back(std::move(text));
      row.line = firstLine;
      if (input.labelled) {
        row.gold = std::move(entities);
      }
      out.add(std::move(row), true);
    }
    entities.clear();
    length = 0;
    open = false;
  }

  const LayoutInput &input;
  Scheme scheme;
  bool words; ///< lines are words and not characters
  LayoutRows out;
  std::string text; ///< of the sentence that is being read
  std::vector<Entity> entities;
  int32_t begin = 0;  ///< code point at which the last character or word begins
  int32_t length = 0; ///< code points
  int firstLine = 0;
  bool open = false; ///< whether the last entity may go on
  int64_t insideFirst = 0;
  int insideFirstLine = 0;
};

} // namespace

Result<LayoutRows> readBioRows(const LayoutInput &input) { return ColumnReader(input, Scheme::Bio).read(); }
Result<LayoutRows> readBioesRows(const LayoutInput &input) { return ColumnReader(input, Scheme::Bioes).read(); }
Result<LayoutRows> readBmesRows(const LayoutInput &input) { return ColumnReader(input, Scheme::Bmes).read(); }
Result<LayoutRows> readTokenLabelRows(const LayoutInput &input) { return ColumnReader(input, Scheme::Labels).read(); }

} // namespace clew
