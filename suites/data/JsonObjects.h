// JsonObjects: what the readers of JSON files with an object a row share.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/JsonTree.h"
#include "suites/data/Layouts.h"

namespace clew {

using TakeObject = FunctionRef<Result<void>(const JsonNode &object)>;

/// Calls `take` with each object of a file: one a line, or the items of one array. BadInput for what is no object.
Result<void> eachObject(const LayoutInput &input, TakeObject take);

/// The value of a key, which may look into objects: "target.span1_text". Null if there is none.
const JsonNode *valueOf(const JsonNode &object, std::string_view key);

/// The texts of a field: one, or those of a list; the digits of a number.
Result<std::vector<std::string>> textsOf(const LayoutInput &input, const JsonNode &object, const std::string &key,
                                         FieldType type);

/// The object's own id under `key`, a number or a text, into the row; `number` where it has none.
Result<void> takeId(const LayoutInput &input, const JsonNode &object, std::string_view key, int64_t number, Row &row);

} // namespace clew
