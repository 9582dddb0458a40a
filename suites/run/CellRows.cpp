// See CellRows.h.
#include "suites/run/CellRows.h"

#include "suites/data/Layouts.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

/// Takes characters of the texts, again from the start when they end.
class Characters {
public:
  explicit Characters(std::span<const Row> rows) {
    constexpr size_t enough = size_t{1} << 20;
    for (const Row &row : rows) {
      for (const std::string &text : row.fields) {
        collect(text);
      }
      if (all.size() > enough) {
        break;
      }
    }
  }
  bool empty() const { return all.empty(); }

  std::string take(int64_t count) {
    std::string text;
    for (; count > 0; --count, at = (at + 3) % all.size()) {
      text += all.substr(at, 3);
    }
    return text;
  }

private:
  /// U+4E00 .. U+9FFF are three bytes each, E4 B8 80 .. E9 BF BF.
  void collect(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    for (size_t i = 0; i + 2 < text.size(); ++i) {
      const bool continued = (byte(i + 1) & 0xC0) == 0x80 && (byte(i + 2) & 0xC0) == 0x80;
      if (byte(i) >= 0xE4 && byte(i) <= 0xE9 && continued && (byte(i) > 0xE4 || byte(i + 1) >= 0xB8)) {
        all += text.substr(i, 3);
        i += 2;
      }
    }
  }

  std::string all;
  size_t at = 0;
};

Row rowOf(const Task &task, Characters &characters, int64_t count, int64_t number) {
  Row row;
  row.id = number;
  for (const int64_t share : task.kind->shares(count)) {
    addField(*task.kind, {characters.take(share)}, row);
  }
  task.kind->completeRow(row);
  return row;
}

} // namespace

Result<std::vector<Row>> rowsOfLength(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                      int64_t tokens, int64_t count) {
  Characters characters(rows);
  if (characters.empty()) {
    return fail(ErrorKind::BadInput,
                fmt::format("the texts of {} hold no Chinese characters to cut rows from", task.name));
  }
  EncodedRows encoded;
  const auto lengthOf = [&](const Row &row) -> Result<int64_t> {
    encoded.clear();
    Result<void> done = encoder.append(row, 0, encoded);
    return done ? Result<int64_t>(static_cast<int64_t>(encoded.ids.size())) : fail(done);
  };
  // What the encoder adds ([CLS], [SEP]) is seen from a row of two characters.
  const Result<int64_t> two = lengthOf(rowOf(task, characters, 2, 0));
  if (!two) {
    return fail(two);
  }
  const int64_t characterCount = tokens - (*two - 2);
  std::vector<Row> made;
  for (int64_t i = 0; i < count; ++i) {
    made.push_back(rowOf(task, characters, std::max<int64_t>(characterCount, 1), i));
    const Result<int64_t> length = lengthOf(made.back());
    if (!length) {
      return fail(length);
    }
    if (*length != tokens || encoded.sequences.size() != 1) {
      return fail(ErrorKind::BadInput,
                  fmt::format("cannot make rows of {} tokens for {}: they get {}", tokens, task.name, *length));
    }
  }
  return made;
}

} // namespace clew
