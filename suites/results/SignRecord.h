// Puts signatures beside the records that they are of.
#pragma once

#include "suites/results/Signature.h"

namespace clew {

/// Signs a record into signatures/DIGEST.json beside its file. False if that is there already. BadInput for a record that is not right by itself,
/// since nobody should vouch for it; else as signedEnvelope. `now` in seconds since 1970.
Result<bool> signRecord(const SourcedRecord &sourced, const SigningKey &key, int64_t now);

} // namespace clew
