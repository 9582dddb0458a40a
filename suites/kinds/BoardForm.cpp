// See BoardForm.h.
#include "suites/kinds/BoardForm.h"

#include "suites/kinds/JsonText.h"

#include <fmt/format.h>

namespace clew {

bool isTable(const Task &task) { return task.submission.ends_with(".tsv"); }

std::string boardText(const Task &task, std::span<const Row> rows, FunctionRef<std::string(size_t row)> value) {
  const bool table = isTable(task);
  std::string text = table ? "index\tprediction\n" : "";
  for (size_t i = 0; i < rows.size(); ++i) {
    text += table ? fmt::format("{}\t{}\n", render(rows[i].id), value(i))
                  : fmt::format("{{\"id\": {}, \"label\": {}}}\n", idText(rows[i].id), value(i));
  }
  return text;
}

} // namespace clew
