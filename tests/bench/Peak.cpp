// Chains of multiply-adds in inline assembly, because compilers spill so many accumulators. 24 (12 in AVX2) independent
// chains cover the latency of every CPU that has the instructions.
#include "tests/bench/Peak.h"

#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace clew {
namespace {

// Applies X to the numbers of the accumulators: registers 8..31 with AVX-512, 4..15 with AVX2.
// clang-format off
#define CLEW_WIDE(X)                                                      \
  X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)   \
  X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
// clang-format on
#define CLEW_NARROW(X) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define CLEW_ZERO_WIDE(N) "vpxord %%zmm" #N ", %%zmm" #N ", %%zmm" #N "\n"
#define CLEW_ZERO_NARROW(N) "vxorps %%ymm" #N ", %%ymm" #N ", %%ymm" #N "\n"
#define CLEW_FMA_WIDE(N) "vfmadd231ps %%zmm0, %%zmm1, %%zmm" #N "\n"
#define CLEW_FMA_NARROW(N) "vfmadd231ps %%ymm0, %%ymm1, %%ymm" #N "\n"
#define CLEW_BF16_WIDE(N) "vdpbf16ps %%zmm0, %%zmm1, %%zmm" #N "\n"
#define CLEW_INT8_WIDE(N) "vpdpbusd %%zmm0, %%zmm1, %%zmm" #N "\n"
#define CLEW_LOOP(STEP) "1:\n" STEP "sub $1, %[n]\njnz 1b\nvzeroupper\n"
#define CLEW_LOW_CLOBBERS                                                                                              \
  "cc", "xmm0", "xmm1", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",   \
      "xmm15"
#define CLEW_ALL_CLOBBERS                                                                                              \
  CLEW_LOW_CLOBBERS, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",         \
      "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31"
#define CLEW_ZERO_SOURCES "vxorps %%xmm0, %%xmm0, %%xmm0\nvxorps %%xmm1, %%xmm1, %%xmm1\n"

__attribute__((target("avx512f"), noinline)) void fmaWide(int64_t n) {
  asm volatile(CLEW_ZERO_SOURCES CLEW_WIDE(CLEW_ZERO_WIDE) CLEW_LOOP(CLEW_WIDE(CLEW_FMA_WIDE))
               : [n] "+r"(n)
               :
               : CLEW_ALL_CLOBBERS);
}

__attribute__((target("avx2,fma"), noinline)) void fmaNarrow(int64_t n) {
  asm volatile(CLEW_ZERO_SOURCES CLEW_NARROW(CLEW_ZERO_NARROW) CLEW_LOOP(CLEW_NARROW(CLEW_FMA_NARROW))
               : [n] "+r"(n)
               :
               : CLEW_LOW_CLOBBERS);
}

__attribute__((target("avx512f"), noinline)) void bf16Wide(int64_t n) {
  asm volatile(CLEW_ZERO_SOURCES CLEW_WIDE(CLEW_ZERO_WIDE) CLEW_LOOP(CLEW_WIDE(CLEW_BF16_WIDE))
               : [n] "+r"(n)
               :
               : CLEW_ALL_CLOBBERS);
}

__attribute__((target("avx512f"), noinline)) void int8Wide(int64_t n) {
  asm volatile(CLEW_ZERO_SOURCES CLEW_WIDE(CLEW_ZERO_WIDE) CLEW_LOOP(CLEW_WIDE(CLEW_INT8_WIDE))
               : [n] "+r"(n)
               :
               : CLEW_ALL_CLOBBERS);
}

/// A loop and the operations of one turn.
struct Chains {
  void (*run)(int64_t turns) = nullptr;
  double operations = 0;
};

Chains chainsFor(PeakKind kind) {
  const bool wide = __builtin_cpu_supports("avx512f");
  switch (kind) {
  case PeakKind::F32:
    if (wide) {
      return {fmaWide, 24.0 * 16 * 2};
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      return {fmaNarrow, 12.0 * 8 * 2};
    }
    return {};
  case PeakKind::BF16:
    return __builtin_cpu_supports("avx512bf16") ? Chains{bf16Wide, 24.0 * 32 * 2} : Chains{};
  case PeakKind::Int8:
    return wide && __builtin_cpu_supports("avx512vnni") ? Chains{int8Wide, 24.0 * 64 * 2} : Chains{};
  }
  return {};
}

} // namespace

double measurePeak(PeakKind kind, int threads) {
  using Clock = std::chrono::steady_clock;
  const Chains chains = chainsFor(kind);
  if (!chains.run) {
    return 0;
  }
  constexpr int64_t kTurns = 2'000'000; // about 15-30 ms
  std::array<double, 9> rates{};
  for (double &rate : rates) {
    const auto begin = Clock::now();
    parallelFor(threads, threads, [&](int64_t, int) { chains.run(kTurns); });
    const std::chrono::duration<double> took = Clock::now() - begin;
    rate = chains.operations * static_cast<double>(kTurns) * threads / took.count() / 1e9;
  }
  std::ranges::sort(rates);
  return rates[rates.size() / 2];
}

} // namespace clew
