// Row: one example of a task as its official file has it, with the answer if the split is labelled.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace clew {

/// The official row's own id, a number or a text, else its 0-based number among the rows of the official file.
using RowId = std::variant<int64_t, std::string>;
std::string render(const RowId &id);

/// `type` over the code points begin .. end-1 of the text.
struct Entity {
  std::string type;
  int32_t begin = 0;
  int32_t end = 0;
  auto operator<=>(const Entity &) const = default;
};

/// What the official file says is right; which of these it is follows from the task's kind. Nothing: the split has no labels.
using Gold = std::variant<std::monostate,
                          int32_t,                  ///< index into Task::labels
                          std::vector<Entity>,      ///< in order of begin, end and type
                          std::vector<std::string>, ///< texts that are accepted
                          double,                   ///< a number
                          std::vector<int32_t>>;    ///< several labels, ascending, or one choice for each blank

/// What a row holds stands under the names of its kind's fields (TaskKind::fields), in their order.
struct Row {
  RowId id;
  std::vector<std::string>
      fields; ///< [fields]: a text; of a list its items, joined with single spaces; of a number its digits
  std::vector<std::vector<std::string>> lists; ///< [fields]: the items of lists; empty if the kind has none
  Gold gold;
  int line = 0; ///< in the file
};

} // namespace clew
