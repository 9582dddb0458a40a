// See ExtraRows.h. Files are read as official ones are, by the first of the kind's readers, so that nothing is believed that is refused there.
#include "training/ExtraRows.h"

#include "suites/data/Layouts.h"
#include "suites/data/PlainRow.h"
#include "suites/data/TextFile.h"
#include "training/AvoidedTexts.h"

#include <fmt/format.h>

namespace clew {
namespace {

FileLayout layoutOf(const Task &task) {
  FileLayout layout;
  layout.name = "extra";
  layout.reader = task.kind->readers.front();
  layout.fields = plainKeys(*task.kind);
  layout.label = "label";
  return layout;
}

} // namespace

Result<ExtraRows> readExtraRows(const Task &task, std::span<const std::string> paths, std::span<const Row> judging) {
  if (task.kind->fields.size() != 1 || task.kind->fields.front().type != FieldType::Text) {
    return fail(
        ErrorKind::Unsupported,
        fmt::format("rows of the kind '{}' ('{}') are more than one text: 'rows.extra' is for those that are one",
                    task.kind->name, task.name));
  }
  std::vector<std::string_view> sentences;
  for (const Row &row : judging) {
    sentences.insert(sentences.end(), row.fields.begin(), row.fields.end());
  }
  const Result<AvoidedTexts> avoided = AvoidedTexts::create(sentences);
  if (!avoided) {
    return fail(avoided);
  }
  const FileLayout layout = layoutOf(task);
  ExtraRows extra;
  for (const std::string &path : paths) {
    const Result<TextFile> text = readTextFile(path);
    Result<LayoutRows> read = text ? readRows({task, layout, /*labelled=*/true, text->text, path}) : fail(text);
    if (!read) {
      return fail(read);
    }
    if (read->rows.empty()) {
      return fail(ErrorKind::BadInput, "holds no rows", path);
    }
    ExtraFile file{path, text->sha256};
    for (Row &row : read->rows) {
      const bool met = avoided->meet(row.fields.front()) != Meeting::None;
      ++(met ? file.leftOut : file.rows);
      if (!met) {
        extra.rows.push_back(std::move(row));
      }
    }
    extra.files.push_back(std::move(file));
  }
  return extra;
}

} // namespace clew
