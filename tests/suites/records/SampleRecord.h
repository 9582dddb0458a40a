// A record that is right in every field, for tests to bend.
#pragma once

#include "suites/records/Record.h"

namespace clew {

/// Its id is that of its fields. Records of other `length` are other cells.
Record sampleRecord(int64_t length = 0);

} // namespace clew
