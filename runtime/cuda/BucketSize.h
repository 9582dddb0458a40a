// Buckets of batch sizes: work for the GPU is laid out and captured once a bucket, and every batch in it runs the same graph.
#pragma once

#include "runtime/program/Program.h"

namespace clew::cuda {

/// The least size of a bucket that is not below `count`: up to 16 each number is its own; above, there are eight between a power of two and
/// the next, so that at most an eighth of the work is for nothing.
constexpr int64_t bucketCount(int64_t count) {
  int64_t unit = 1;
  while (count > 16 * unit) {
    unit *= 2;
  }
  return (count + unit - 1) / unit * unit;
}

/// The same for every level: elements, and the most in one of the parent.
constexpr BatchSize bucketOf(const BatchSize &size) {
  BatchSize bucket = size;
  for (LevelSize &level : bucket) {
    level = {bucketCount(level.count), bucketCount(level.longest)};
  }
  return bucket;
}

} // namespace clew::cuda
