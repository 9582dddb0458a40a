// The hash by which a record names a task: of what reads rows and judges answers, not of the YAML's bytes, sources or names for people.
#pragma once

#include "suites/data/Task.h"

namespace clew {

/// sha256 (64 hex digits) of kind, labels and their other spellings, skipped labels, layouts, headline, and how texts are cut and windows
/// laid. Two tasks of one name and version that would read or judge rows otherwise have different ones. Empty if the cryptographic library
/// refuses to work.
std::string taskSha256(const Task &task);

} // namespace clew
