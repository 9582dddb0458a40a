// Flags: what a reader of a record must know, in words. They follow from its other fields, so that nobody can leave one out: what measures
// writes these, and what checks expects them.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace clew {

/// The flags of a record that the schema allows but for its field `flags`, in the order in which they stand there.
std::vector<std::string> flagsOf(const nlohmann::ordered_json &record);

} // namespace clew
