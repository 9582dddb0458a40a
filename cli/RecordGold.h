// What records are held against, for commands that check them: tasks and data as everywhere, and the zoo's models.
#pragma once

#include "suites/check/GoldRows.h"

#include <string>
#include <vector>

namespace clew {

/// goldSource(), and models of the installation's zoo and of `zoo` (--zoo). The zoo is read when the first model is asked for. A model is found
/// by name alone, never as a file: names come from records.
GoldSource recordGold(const std::vector<std::string> &tasks, const std::string &data,
                      const std::vector<std::string> &zoo);

} // namespace clew
