// See WindowSyntax.h.
#include "suites/kinds/WindowSyntax.h"

#include "yaml/YamlFields.h"

namespace clew {

void readStride(YamlFields &fields, Task &task, Diagnostics &diagnostics) {
  constexpr int64_t kMost = 100000;
  if (const YamlEntry *entry = fields.need("stride")) {
    task.stride = intOf(entry->value, "'stride'", 1, kMost, diagnostics).value_or(1);
    if (task.stride >= task.longest) {
      diagnostics.error(entry->value.at, "'stride' must be less than 'longest'");
    }
  }
}

} // namespace clew
