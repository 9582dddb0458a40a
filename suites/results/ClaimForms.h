// The forms of claims that are no JSON: private to this folder.
#pragma once

#include "suites/data/TextFile.h"
#include "suites/results/Claims.h"

namespace clew {

/// The text as a number, all of it and finite; nothing otherwise.
std::optional<double> finiteNumber(std::string_view text);

/// Claims.h says what each reads. Neither `file` nor `sha256` is set. BadInput with the line.
Result<std::vector<Claim>> cardClaims(const TextFile &text, const std::string &path);
Result<std::vector<Claim>> evalResultClaims(const TextFile &text, const std::string &path);
Result<std::vector<Claim>> csvClaims(const TextFile &text, const std::string &path);

} // namespace clew
