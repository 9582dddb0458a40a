// The machine's peak of multiply-adds, measured: what the rates of kernels and models are shares of.
#pragma once

namespace clew {

/// Which instruction: f32 fused multiply-add, pairs of bf16 into f32 (vdpbf16ps), groups of four 8-bit integers into i32
/// (vpdpbusd).
enum class PeakKind { F32, BF16, Int8 };

/// 1e9 operations a second (a multiply-add counts as two) of `threads` threads that run nothing but independent
/// multiply-adds on registers: the median of several runs, which take about 0.3 s. 0 if this CPU lacks the instruction.
/// Meaningful on a machine without other load only.
double measurePeak(PeakKind kind, int threads);

} // namespace clew
