// The bootstrap: sums of row counts over rows drawn with replacement, and the intervals that they give.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "suites/metrics/Measure.h"

namespace clew {

/// For each resample r of 0 .. options.resamples-1, on some thread: draws as many rows as there are, with replacement, the same ones for every
/// system, and calls body(r, sums, systems' sums of the drawn rows). The draws of resample r depend on the seed, r and the number of rows alone:
/// draw k takes row floor(x_k * rows / 2^64) of the k-th output x_k of mt19937_64, seeded with output r (from 0) of splitmix64 started at
/// the seed. All systems have equally many rows, at least one.
void forEachResample(std::span<const RowCounts *const> systems, const BootstrapOptions &options,
                     FunctionRef<void(int64_t resample, std::span<const std::vector<double>> sums)> body);

/// The percentile interval: lo and hi are the 2.5 and 97.5 % quantiles of `values` with linear interpolation (Hyndman and Fan's type 7, numpy's
/// default). Reorders `values`, which are not empty.
Interval percentileInterval(double value, std::span<double> values);

} // namespace clew
