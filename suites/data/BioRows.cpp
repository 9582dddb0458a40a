// Rows of tagging sets that write a character and its BIO tag a line, with an empty line between sentences (MSRA NER, People's Daily).
#include "runtime/base/Excerpt.h"
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"

namespace clew {
namespace {

/// Reads the file's lines into sentences.
class BioReader {
public:
  explicit BioReader(const LayoutInput &input) : input(input) {}

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
      out.notes.push_back(std::to_string(insideFirst) +
                          (insideFirst == 1 ? " entity begins with I- and not B- (line "
                                            : " entities begin with I- and not B- (the first on line ") +
                          std::to_string(insideFirstLine) + "): read as beginnings, as conlleval does");
    }
    return std::move(out);
  }

private:
  /// One character with its tag; the tag may lack where labels are not needed.
  Result<void> add(std::string_view line, int number) {
    const bool bare = !input.labelled && countCodePoints(line) == 1;
    const size_t gap = bare ? std::string_view::npos : line.find_last_of(" \t");
    const std::string_view character = line.substr(0, gap);
    if ((input.labelled && gap == std::string_view::npos) || countCodePoints(character) != 1) {
      return failAt(input, number, "expected one character and its tag, found '" + excerpt(line) + "'");
    }
    if (length == 0) {
      text.clear();
      firstLine = number;
    }
    text += character;
    ++length;
    return input.labelled ? addTag(line.substr(gap + 1), number) : Result<void>();
  }

  Result<void> addTag(std::string_view tag, int number) {
    if (tag == "O") {
      open = false;
      return {};
    }
    const bool starts = tag.starts_with("B-");
    if (!starts && !tag.starts_with("I-")) {
      return failAt(input, number, "expected a tag O, B-TYPE or I-TYPE, found '" + excerpt(tag) + "'");
    }
    const Result<std::optional<int32_t>> known = labelAt(input, tag.substr(2), number);
    if (!known) {
      return fail(known);
    }
    if (!*known) { // a type that the task skips
      open = false;
      return {};
    }
    const std::string &type = input.task.labels[static_cast<size_t>(**known)];
    const bool goesOn = open && entities.back().type == type;
    if (!starts && !goesOn && insideFirst++ == 0) {
      insideFirstLine = number;
    }
    if (starts || !goesOn) {
      entities.push_back({type, length - 1, length});
    }
    entities.back().end = length;
    open = true;
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
  LayoutRows out;
  std::string text; ///< of the sentence that is being read
  std::vector<Entity> entities;
  int32_t length = 0; ///< code points
  int firstLine = 0;
  bool open = false; ///< whether the last entity may go on
  int64_t insideFirst = 0;
  int insideFirstLine = 0;
};

} // namespace

Result<LayoutRows> readBioRows(const LayoutInput &input) { return BioReader(input).read(); }

} // namespace clew
