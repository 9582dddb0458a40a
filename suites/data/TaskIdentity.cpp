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
  }
  const Json fields = Json::array({task.kind->name, task.labels, task.aliases, task.skipped, task.headline,
                                   task.longest, task.stride, task.longestAnswer, std::move(layouts)});
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256Of(std::string_view(text)).value_or("");
}

} // namespace clew
