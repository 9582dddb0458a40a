// A record that is right in every field, for tests to bend.
#pragma once

#include "suites/records/Record.h"

namespace clew {

/// Sealed, and without faults at kSampleNow. Records of other `length` are other cells.
Record sampleRecord(int64_t length = 0, Tier tier = Tier::Smoke);

/// A moment after it was measured, in seconds since 1970.
inline constexpr int64_t kSampleNow = 1'800'000'000;

} // namespace clew
