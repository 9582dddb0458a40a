// Kernels in C for the tests of runtime/cpu: they use what a compiler may emit (constant tables, jump tables, tables of
// functions, static and zeroed data, calls through the offset table, memcpy and memset).
#include <stdint.h>
#include <string.h>

static const double kSquares[8] = {0, 1, 4, 9, 16, 25, 36, 49};
int32_t counter = 5; // exported: reached through the offset table
static int64_t zeroed[16];

int64_t square(int64_t i) { return (int64_t)kSquares[i & 7]; }
int64_t twice(int64_t i) { return 2 * i; }
static int64_t negated(int64_t i) { return -i; }

typedef int64_t (*Function)(int64_t);
static const Function kFunctions[3] = {square, twice, negated};

__attribute__((noinline)) int64_t apply(int64_t which, int64_t i) { return kFunctions[which](i); }

int64_t choose(int64_t i) {
  switch (i) {
  case 0: return apply(0, 3);
  case 1: return apply(1, 21);
  case 2: return apply(2, 7);
  case 3: return counter++;
  case 4: return ++zeroed[3];
  case 5: return square(5) + twice(6);
  case 6: return (int64_t)sizeof(zeroed);
  default: return -1;
  }
}

// Copies `bytes` bytes and clears the first `cleared`.
void copyAndClear(char *target, const char *source, int64_t bytes, int64_t cleared) {
  memcpy(target, source, (size_t)bytes);
  memset(target, 0, (size_t)cleared);
}

// Row-wise kernels over a width that operands carry in their last place, as i32 input: y = relu(x) + residual.
void reluAdd(void *const *operands, int64_t begin, int64_t end, void *scratch) {
  const float *x = operands[0], *residual = operands[1];
  float *y = operands[2];
  const int32_t width = *(const int32_t *)operands[3];
  for (int64_t i = begin * width; i < end * width; ++i) {
    y[i] = (x[i] > 0 ? x[i] : 0) + residual[i];
  }
}

// Symmetric quantization of each row to u8 (value + 128), with a row of f32 scales.
void quantizeRows(void *const *operands, int64_t begin, int64_t end, void *scratch) {
  const float *x = operands[0];
  uint8_t *y = operands[1];
  float *scales = operands[2];
  const int32_t width = *(const int32_t *)operands[3];
  for (int64_t row = begin; row < end; ++row) {
    float most = 0;
    for (int32_t i = 0; i < width; ++i) {
      float magnitude = x[row * width + i] < 0 ? -x[row * width + i] : x[row * width + i];
      most = magnitude > most ? magnitude : most;
    }
    scales[row] = most / 127;
    for (int32_t i = 0; i < width; ++i) {
      float value = most > 0 ? x[row * width + i] / scales[row] : 0;
      y[row * width + i] = (uint8_t)(int32_t)(value + (value < 0 ? 127.5f : 128.5f));
    }
  }
}

// f32 from i32 sums: (sum - 128 * columnSum) * rowScale * columnScale.
void dequantizeRows(void *const *operands, int64_t begin, int64_t end, void *scratch) {
  const int32_t *sums = operands[0];
  const float *rowScales = operands[1], *columnScales = operands[2];
  const int32_t *columnSums = operands[3];
  float *y = operands[4];
  const int32_t width = *(const int32_t *)operands[5];
  for (int64_t row = begin; row < end; ++row) {
    for (int32_t i = 0; i < width; ++i) {
      y[row * width + i] = (float)(sums[row * width + i] - 128 * columnSums[i]) * rowScales[row] * columnScales[i];
    }
  }
}

// Job kernel: counts each job once in i32 and leaves a mark in scratch.
void countTasks(void *const *operands, int64_t begin, int64_t end, void *scratch) {
  int32_t *counts = operands[0];
  for (int64_t job = begin; job < end; ++job) {
    *(int64_t *)scratch = job;
    counts[job] += (int32_t)(1 + *(int64_t *)scratch);
  }
}
