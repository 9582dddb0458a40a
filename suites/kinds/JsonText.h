// JSON as prediction files and submissions write it.
#pragma once

#include "suites/data/Row.h"

#include <nlohmann/json.hpp>

namespace clew {

/// On one line, or indented. Malformed UTF-8 becomes U+FFFD instead of an exception.
inline std::string jsonText(const nlohmann::ordered_json &value, int indent = -1) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// A number or a text.
inline std::string idText(const RowId &id) {
  return std::visit([](const auto &value) { return jsonText(nlohmann::ordered_json(value)); }, id);
}

} // namespace clew
