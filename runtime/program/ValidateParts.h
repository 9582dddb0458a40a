// What the two files of the Program's check share: limits and small questions. Private to runtime/program.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

namespace clew::validation {

// Limits that keep sums and products of sizes far from overflow; real programs stay orders of magnitude below.
inline constexpr int64_t maxExtent = INT32_MAX;
inline constexpr int64_t maxFactor = int64_t{1} << 28; ///< of elements or longest in an Extent
inline constexpr int64_t maxElements = int64_t{1} << 40;
inline constexpr int64_t maxDerived = int64_t{1} << 28; ///< elements of one derived constant
inline constexpr size_t maxItems = 1 << 16;             ///< parameters, buffers, steps, operands, ...
inline constexpr size_t maxName = 1024;
inline constexpr size_t maxRank = 8;
inline constexpr size_t maxInputs = 64;
inline constexpr size_t maxCubins = 32;
inline constexpr int32_t maxBlock = 1024; ///< threads of a block

Failure bad(std::string message);
/// Printable, `least`..maxName bytes.
bool isName(const std::string &name, size_t least = 1);
bool isExtent(const Extent &extent, const Program &program);

template <typename T> bool inside(int64_t index, const std::vector<T> &table) {
  return index >= 0 && index < static_cast<int64_t>(table.size());
}

/// Steps, their stages and operands. Needs checked tables.
Result<void> checkSteps(const Program &program);

} // namespace clew::validation
