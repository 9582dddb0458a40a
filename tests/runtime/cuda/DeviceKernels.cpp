// Kernels in the form that the emulator runs, by hand: what the compiler makes for a GPU, in miniature. A block of 32 threads takes a row;
// blocks beyond the last row return at once. Compiled alone and loaded, not linked: nothing here may need a library.
#include "runtime/program/EmulatedThread.h"

using clew::EmulatedThread;

namespace {

constexpr int kWidth = 26;
constexpr int kResult = 22;

template <typename T> T load(EmulatedThread *self, const void *base, int index) {
  const T *at = static_cast<const T *>(base) + index;
  self->access(self, at, sizeof(T), 0);
  return *at;
}

template <typename T> void store(EmulatedThread *self, void *base, int index, T value) {
  T *at = static_cast<T *>(base) + index;
  self->access(self, at, sizeof(T), 1);
  *at = value;
}

/// Whether the block has a row; operand 1 of every kernel is the level's counts.
bool hasRow(void *const *operands, EmulatedThread *self) { return self->block < load<int>(self, operands[1], 0); }

} // namespace

extern "C" {

/// y = table[ids]
void embedRows(void *const *operands, EmulatedThread *self) {
  if (!hasRow(operands, self)) {
    return;
  }
  const int id = load<int>(self, operands[0], self->block);
  for (int column = self->thread; column < kWidth; column += self->threads) {
    store(self, operands[3], self->block * kWidth + column, load<float>(self, operands[2], id * kWidth + column));
  }
}

/// y = x in bf16, cut off
void roundRows(void *const *operands, EmulatedThread *self) {
  if (!hasRow(operands, self)) {
    return;
  }
  for (int column = self->thread; column < kWidth; column += self->threads) {
    const auto bits = load<unsigned>(self, operands[0], self->block * kWidth + column);
    store(self, operands[2], self->block * kWidth + column, static_cast<unsigned short>(bits >> 16));
  }
}

/// y = 1000 x in s8
void integerRows(void *const *operands, EmulatedThread *self) {
  if (!hasRow(operands, self)) {
    return;
  }
  for (int column = self->thread; column < kWidth; column += self->threads) {
    const float scaled = 1000 * load<float>(self, operands[0], self->block * kWidth + column);
    const float cut = scaled > 127 ? 127 : scaled < -127 ? -127 : scaled;
    store(self, operands[2], self->block * kWidth + column, static_cast<signed char>(cut));
  }
}

/// y = x in f32
void floatRows(void *const *operands, EmulatedThread *self) {
  if (!hasRow(operands, self)) {
    return;
  }
  for (int column = self->thread; column < kResult; column += self->threads) {
    const int at = self->block * kResult + column;
    store(self, operands[2], at, static_cast<float>(load<int>(self, operands[0], at)));
  }
}

/// Thread 0 of each row writes its sum, through shared memory and a barrier.
void sumRows(void *const *operands, EmulatedThread *self) {
  if (!hasRow(operands, self)) {
    return;
  }
  float sum = 0;
  for (int column = self->thread; column < kWidth; column += self->threads) {
    sum += load<float>(self, operands[0], self->block * kWidth + column);
  }
  store(self, self->shared, self->thread, sum);
  self->barrier(self, 1);
  if (self->thread == 0) {
    sum = 0;
    for (int other = 0; other < self->threads; ++other) {
      sum += load<float>(self, self->shared, other);
    }
    store(self, operands[2], self->block, sum);
  }
}

/// Reads a row more than there is memory for.
void strayRows(void *const *operands, EmulatedThread *self) {
  store(self, operands[2], self->block, load<float>(self, operands[0], 1 << 28));
}

} // extern "C"
