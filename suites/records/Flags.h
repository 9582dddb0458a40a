// Flags: what a reader of a record must know, in words. They follow from its other fields, so that nobody can leave one out: what measures
// writes these, and what checks expects them.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace clew {

/// The flags of a record that the schema allows but for its field `flags`, in the order in which they stand there.
std::vector<std::string> flagsOf(const nlohmann::ordered_json &record);

/// Why a record may stand in no leaderboard, whoever measured it and however right it is: random weights, the tier smoke, sources that nobody
/// can name, data that ships with Clew. Empty: it may. Of a record that its schema allows.
std::string neverRanked(const nlohmann::ordered_json &record);

} // namespace clew
