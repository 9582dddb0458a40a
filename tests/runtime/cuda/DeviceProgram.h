// A Program of the kernels of DeviceKernels.cpp and products, and what it must give.
#pragma once

#include "runtime/program/Program.h"
#include "runtime/weights/Weights.h"

#include <vector>

namespace clew::test {

inline constexpr int64_t kDeviceWidth = 26; ///< no multiple of 4: products of s8 are padded
inline constexpr int64_t kDeviceResult = 22;
inline constexpr int64_t kDeviceWords = 40;

/// Outputs "hidden" = [tokens, kDeviceResult], table[ids] W^T + bias (no bias for s8, whose x is 1000 times the table's rows, cut off), and
/// "sums" = [tokens, 1].
Program deviceProgram(DType dtype);

/// "hidden" by plain loops.
std::vector<float> expectedHidden(const Program &program, const Weights &weights, const std::vector<int32_t> &ids);

} // namespace clew::test
