// Execution: choices that a CPU leaves open and that change speed, and sums within rounding. They are options of a program, never of the
// environment, so that a record can say which were asked for and what came of them.
#pragma once

#include "runtime/base/Result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// How products of two bf16 are computed. A product of two bf16 is exact in f32, so the ways differ in the order of sums, and where
/// attention rounds the softmax's weights.
enum class Bf16Products : uint8_t {
  Auto,   ///< the faster one of this CPU
  Native, ///< bf16 dot instructions; refused where the CPU has none
  Widen,  ///< widened to f32
};

/// Whose matrix products.
enum class Products : uint8_t {
  Auto,    ///< ours where they are faster, else the library's
  Library, ///< the library's alone
};

inline constexpr std::array kBf16Products{Bf16Products::Auto, Bf16Products::Native, Bf16Products::Widen};
inline constexpr std::array kProducts{Products::Auto, Products::Library};

std::string_view nameOf(Bf16Products products); ///< auto, native, widen
std::string_view nameOf(Products products);     ///< auto, library

/// What was asked for; a Program carries it. Only the cpu target has these choices, and only bf16 and int8 programs multiply bf16.
struct Execution {
  Bf16Products bf16 = Bf16Products::Auto;
  Products products = Products::Auto;
  bool operator==(const Execution &) const = default;
};

/// How something is computed here, by name, in a fixed order: what a record quotes.
using ExecutionFacts = std::vector<std::pair<std::string, std::string>>;

/// Variables of the environment that the library of products reads by itself and that change what it does ("ONEDNN_MAX_CPU_ISA"), with
/// their values, sorted. They are honoured; whoever keys or records a measurement states them.
ExecutionFacts libraryEnvironment();

} // namespace clew
