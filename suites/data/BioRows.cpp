// Rows of tagging sets that write a character and its BIO tag a line, with an empty line between sentences (MSRA NER, People's Daily).
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"

namespace clew {
namespace {

/// The sentence that is being read.
struct Sentence {
  Row row;
  int32_t length = 0; ///< code points
  bool open = false;  ///< whether the last entity may go on

  void add(std::string_view character) {
    row.first += character;
    length += countCodePoints(character);
  }
};

Result<void> addTag(const LayoutInput &input, std::string_view tag, int line, int32_t begin, Sentence &sentence) {
  if (tag == "O") {
    sentence.open = false;
    return {};
  }
  const bool starts = tag.starts_with("B-");
  if (!starts && !tag.starts_with("I-")) {
    return failAt(input, line, "expected a tag O, B-TYPE or I-TYPE, found '" + std::string(tag) + "'");
  }
  Row probe;
  if (const Result<bool> known = takeLabel(input, tag.substr(2), line, probe); !known) {
    return fail(known);
  }
  if (probe.label < 0) {
    sentence.open = false; // a type that the task skips
    return {};
  }
  const std::string &type = input.task.labels[static_cast<size_t>(probe.label)];
  std::vector<Entity> &entities = sentence.row.entities;
  if (!starts && (!sentence.open || entities.back().type != type)) {
    return failAt(input, line, "'" + std::string(tag) + "' goes on with no entity of its type");
  }
  if (starts) {
    entities.push_back({type, begin, begin});
  }
  entities.back().end = sentence.length;
  sentence.open = true;
  return {};
}

} // namespace

Result<LayoutRows> readBioRows(const LayoutInput &input) {
  LayoutRows out;
  Sentence sentence;
  const auto finish = [&] {
    if (sentence.length > 0) {
      sentence.row.id = static_cast<int64_t>(out.rows.size());
      out.rows.push_back(std::move(sentence.row));
    }
    sentence = Sentence();
  };
  Lines lines(input.text);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) {
      finish();
      continue;
    }
    const size_t gap = line.find_last_of(" \t");
    const std::string_view character = line.substr(0, gap);
    if (gap == std::string_view::npos ? input.labelled : character.empty()) {
      return failAt(input, lines.number(), "expected a character and its tag, found '" + std::string(line) + "'");
    }
    if (sentence.length == 0) {
      sentence.row.line = lines.number();
    }
    const int32_t begin = sentence.length;
    sentence.add(character);
    if (!input.labelled) {
      continue;
    }
    if (const Result<void> tagged = addTag(input, line.substr(gap + 1), lines.number(), begin, sentence); !tagged) {
      return fail(tagged);
    }
  }
  finish();
  return out;
}

} // namespace clew
