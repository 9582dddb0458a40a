// Target and Precision: what a program is compiled for. One type each, so that a name in a file or flag is either one of these or an
// error; nothing falls back to a default.
#pragma once

#include "runtime/base/Result.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace clew {

/// Who computes: naive loops that define the ops, generated code with packed products, a GPU.
enum class Target : uint8_t { Ref, Cpu, Cuda };

/// How products are computed; Program::scheme says what that came to.
enum class Precision : uint8_t { F32, BF16, Int8 };

/// All values, in the order in which messages list them.
inline constexpr std::array kTargets{Target::Ref, Target::Cpu, Target::Cuda};
inline constexpr std::array kPrecisions{Precision::F32, Precision::BF16, Precision::Int8};

std::string_view nameOf(Target target);       ///< ref, cpu, cuda
std::string_view nameOf(Precision precision); ///< f32, bf16, int8

/// By name. BadInput "unknown target 'x': expected ref, cpu or cuda".
Result<Target> targetNamed(std::string_view name);
Result<Precision> precisionNamed(std::string_view name);

} // namespace clew
