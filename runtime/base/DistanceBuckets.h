// DistanceBuckets: which distances between tokens share a bucket (arXiv:1910.10683 section 2.1).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace clew {

/// Which of `count` buckets on one side has the distance `away`, from 0 on: half of them have one each, the others are as wide as powers
/// grow. In f32, as published models were trained.
inline int64_t sideBucketOf(int64_t away, int64_t count, int64_t furthest) {
  const int64_t exact = count / 2;
  if (away < exact) {
    return away;
  }
  const auto whole = static_cast<float>(exact);
  const float power = std::log(static_cast<float>(away) / whole) /
                      static_cast<float>(std::log(static_cast<double>(furthest) / static_cast<double>(exact)));
  return std::min(exact + static_cast<int64_t>(power * static_cast<float>(count - exact)), count - 1);
}

/// The row, of `rows`, that has the distance `distance` from -furthest to furthest: the upper half of the rows is for those above 0; if
/// `causal`, all are for those up to 0.
inline int64_t bucketOf(int64_t distance, int64_t rows, int64_t furthest, bool causal) {
  const int64_t count = causal ? rows : rows / 2;
  const int64_t away = causal ? std::max<int64_t>(-distance, 0) : std::abs(distance);
  return (!causal && distance > 0 ? count : 0) + sideBucketOf(away, count, furthest);
}

} // namespace clew
