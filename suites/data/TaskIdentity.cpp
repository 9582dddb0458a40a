// See TaskIdentity.h.
#include "suites/data/TaskIdentity.h"

#include "runtime/base/Sha256.h"

#include <nlohmann/json.hpp>

namespace clew {

std::string taskSha256(const Task &task) {
  using Json = nlohmann::ordered_json;
  Json layouts = Json::array();
  for (const FileLayout &layout : task.layouts) {
    layouts.push_back(
        Json::array({layout.name, layout.reader, layout.columns, layout.id, layout.fields, layout.label}));
    if (layout.numbered) {
      layouts.back().push_back(true);
    }
  }
  Json fields = Json::array({task.kind->name, task.labels, task.aliases, task.skipped, task.headline, task.longest,
                             task.stride, task.longestAnswer, std::move(layouts)});
  // Only where they say something: tasks that have none keep the identity that they had before there were such keys.
  if (!task.metrics.empty() || task.range || !task.separator.empty()) {
    fields.push_back(Json::array({task.metrics, task.range ? Json(*task.range) : Json(), task.separator}));
  }
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256Of(std::string_view(text)).value_or("");
}

} // namespace clew
