// What no machine does: a record that says it was faster than its processor can multiply, or smaller than its weights.
#pragma once

#include "suites/check/GoldRows.h"
#include "suites/records/Record.h"

namespace clew {

/// The most operations a second (a multiply-add being two) that `threads` threads of this machine can do at this precision: two units of the
/// widest instructions that its features name, at 6.2 GHz, which no processor of today exceeds. A bound, and no estimate: generous by a
/// factor of two and more, so that nothing true is refused.
double peakOperations(const Machine &machine, Precision precision, int64_t threads);

/// What of a record cannot be, given what its model is: another number of parameters; more tokens a second than the roofline allows
/// (Williams, Waterman and Patterson 2009: the flat part); less memory than half of the weights that a token is multiplied by. Each as
/// "/field: expected ..., found ...". Of a record that the schema allows.
std::vector<std::string> implausible(const Record &record, const ModelFacts &model);

} // namespace clew
