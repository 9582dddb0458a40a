// PlainRow: rows as people write them, JSON objects under the names of the kind's fields. Lines of `clew predict` and requests to `clew serve`
// are read here, so that both take and refuse the same.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Row.h"
#include "suites/data/TaskKind.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace clew {

/// The keys of such an object, without "id".
std::vector<std::string> plainKeys(const TaskKind &kind);
/// Whether it is an object that has them.
bool hasPlainKeys(const nlohmann::json &object, const std::vector<std::string> &keys);
/// Whether it has them and no others but "id": a task's own files have more, or other ones.
bool isPlainRow(const nlohmann::json &object, const std::vector<std::string> &keys);

/// The row; its id is "id" (a whole number or a text), else `number`. Further keys are passed over. BadInput without a place.
Result<Row> plainRow(const nlohmann::json &object, const TaskKind &kind, int64_t number);

/// The object of a row, without "id": the inverse of plainRow.
nlohmann::ordered_json plainObject(const Row &row, const TaskKind &kind);

} // namespace clew
