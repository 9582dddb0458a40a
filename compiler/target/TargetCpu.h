// TargetCpu: what generated code may assume of the CPU that runs it. Generators ask it for vector widths and for the
// instructions that a precision wants, so that no number of one machine stands in a pass.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Execution.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clew::compiler {

/// Immutable once made; copied freely.
struct TargetCpu {
  std::string triple;                ///< "x86_64-unknown-linux-gnu"
  std::string name;                  ///< LLVM's name, e.g. "sapphirerapids", "x86-64-v3"
  std::vector<std::string> features; ///< LLVM's names of the instruction sets that code may use, sorted, e.g. "avx2"
  std::string
      featureString;      ///< the same, and what the host lacks of its name's set, as LLVM reads it: "+avx2,-amx-bf16"
  int64_t lanes = 4;      ///< f32 in one vector register: 16 (AVX-512), 8 (AVX, AVX2) or 4
  int64_t registers = 16; ///< vector registers: 32 with AVX-512
  bool fma = false;       ///< fused multiply-add of vectors
  bool bf16Dot = false;   ///< vdpbf16ps on 512 bits
  /// Generated code multiplies bf16 by vdpbf16ps: where it has twice the rate of f32 (AMD), or AMX takes matrices, or as asked.
  bool bf16DotFast = false;
  bool int8Dot = false;      ///< vpdpbusd on 512 bits
  int64_t l2Bytes = 1 << 20; ///< of one core

  bool has(std::string_view feature) const;

  /// The same CPU, on which generated code multiplies bf16 as asked: sets bf16DotFast. Unsupported for Native without the instructions.
  Result<TargetCpu> multiplyingBf16(Bf16Products choice) const;

  /// The CPU that this process runs on. Unsupported if it is not x86-64 with AVX2 and FMA.
  static Result<TargetCpu> host();

  /// A CPU by LLVM's name ("x86-64-v3", "znver4"), or "host". NotFound for a name that LLVM does not know; Unsupported
  /// below AVX2 and FMA.
  static Result<TargetCpu> named(std::string_view name);
};

} // namespace clew::compiler
