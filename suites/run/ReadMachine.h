// The machine that this process runs on, as Linux tells it.
#pragma once

#include "suites/records/Machine.h"

namespace clew {

/// Reads /proc, /sys and /etc/machine-id below `root`. What is not there stays unknown.
Machine readMachine(const std::string &root = "/");

} // namespace clew
