// KindRows: rows of any kind, for tests that go through all of them.
#pragma once

#include "suites/data/Layouts.h"

namespace clew {

/// A row whose texts are all `text`, with `items` of it in each list, and made whole as the kind wants it. It has no gold.
inline Row kindRow(const TaskKind &kind, const std::string &text, size_t items = 1) {
  Row row;
  row.id = int64_t{3};
  for (const RowField &field : kind.fields) {
    addField(kind, std::vector<std::string>(field.type == FieldType::List ? items : 1, text), row);
  }
  kind.completeRow(row);
  return row;
}

} // namespace clew
