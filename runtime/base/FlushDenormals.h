// FlushDenormals: a scope in which this thread treats denormal numbers as zero. Denormals cost a hundred times an
// ordinary operation on some CPUs, and every thread that computes must treat them alike or results would depend on
// the thread.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace clew {

/// Sets flush-to-zero and denormals-are-zero for the calling thread and restores the former state at the end.
class FlushDenormals {
public:
#if defined(__x86_64__)
  FlushDenormals() : saved(_mm_getcsr()) { _mm_setcsr(saved | flushToZero | denormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(saved); }

private:
  static constexpr unsigned flushToZero = 0x8000;
  static constexpr unsigned denormalsAreZero = 0x0040;
  unsigned saved;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved));
    asm volatile("msr fpcr, %0" : : "r"(saved | flushToZero));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved)); }

private:
  static constexpr unsigned long flushToZero = 1UL << 24;
  unsigned long saved;
#else
  FlushDenormals() {}
  ~FlushDenormals() {}

private:
#endif
  FlushDenormals(const FlushDenormals &) = delete;
  FlushDenormals &operator=(const FlushDenormals &) = delete;
};

} // namespace clew
