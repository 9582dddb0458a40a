// JSON Schema (2020-12), the part of it that results/record.schema.json uses: Debian has no library for it, and what a record may hold is
// best said once, in a file that other programs can read too.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace clew {

/// All violations of `value` against `schema`, each as "/path: expected ..., found ...". Knows type, const, enum, required, properties,
/// additionalProperties, items, maxItems, minimum, maximum, minLength, maxLength, pattern and $ref into $defs; `title`, `description` and
/// `$schema` say nothing. A keyword that it does not know is a violation of the schema itself and reported as one: nothing is skipped.
std::vector<std::string> schemaViolations(const nlohmann::json &schema, const nlohmann::ordered_json &value);

} // namespace clew
