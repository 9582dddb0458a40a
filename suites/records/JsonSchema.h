// JSON Schema (2020-12), the part of it that results/record.schema.json uses: what a record may hold is best said once, in a file that other
// programs can read too.
//
// Debian has a validator, libvalijson-dev. It was tried in the version of Debian 12 (1.0, with the adapter for nlohmann) and does not do:
//   - it is of draft 7, where what stands beside a `$ref` is ignored: {"$ref": "#/$defs/text", "minLength": 1} admits "";
//   - a keyword that it does not know, as a misspelt one, checks nothing and is not said;
//   - `pattern` is std::regex on a text of any length: a string of a million characters, from a file of anybody, ends the process;
//   - it says "Value type not permitted by 'type' constraint." and neither what was expected nor what was found.
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
