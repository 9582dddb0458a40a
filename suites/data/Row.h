// Row: one example of a task as its official file has it, with the answer if the split is labelled.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace clew {

/// The official row's own id, a number or a text, else its 0-based number among the split's rows.
using RowId = std::variant<int64_t, std::string>;
std::string render(const RowId &id);

/// `type` over the code points begin .. end-1 of the text.
struct Entity {
  std::string type;
  int32_t begin = 0;
  int32_t end = 0;
  auto operator<=>(const Entity &) const = default;
};

struct Row {
  RowId id;
  std::string first;                ///< classify, tag: the text; pair: the first text; span: the context
  std::string second;               ///< pair: the second text; span: the question
  int32_t label = -1;               ///< classify, pair: index into Task::labels; -1: none
  std::vector<Entity> entities;     ///< tag, in order of begin
  std::vector<std::string> answers; ///< span: accepted answers (official scores go by text, not by place)
  int line = 0;                     ///< in the file
};

} // namespace clew
