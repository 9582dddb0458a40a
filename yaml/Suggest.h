// "Did you mean ...?": the nearest of the names that would have been right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// ", did you mean 'NAME'?" with the candidate at the smallest edit distance, or "" when none is near (a third of the
/// letters, and always one edit). Case does not count.
std::string didYouMean(std::string_view wrong, const std::vector<std::string> &candidates);

/// "'a', 'b' and 'c'", or "none", for messages that list what is allowed.
std::string quotedList(const std::vector<std::string> &names);

} // namespace clew
