// JsonValue: JSON from outside as nlohmann's own values, for who needs no lines of what is inside: lines of records, predictions and rows, and
// descriptions of Programs. As strict as JsonTree.
#pragma once

#include "runtime/base/Result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace clew {

/// One document, which begins on `line` of `path`. BadInput with FILE:LINE for what is no JSON in UTF-8, for a key that stands twice in
/// an object, and beyond the bounds of JsonGuard.h.
Result<nlohmann::json> parseJson(std::string_view text, const std::string &path, int line = 1);
/// The same with keys in the text's order.
Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string &path, int line = 1);

} // namespace clew
