// Resamples on many threads with the same result on any number: each resample has a generator of its own.
#include "suites/metrics/Bootstrap.h"

#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace clew {
namespace {

/// Output `index` (from 0) of splitmix64 (Steele, Lea and Flood 2014) started at `seed`.
uint64_t splitmix(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

__extension__ using Wide = unsigned __int128;

double quantile(std::span<double> values, double fraction) {
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double low = *at;
  if (below + 1 == values.size()) {
    return low;
  }
  const double high = *std::min_element(at + 1, values.end());
  return low + (place - std::floor(place)) * (high - low);
}

} // namespace

void forEachResample(std::span<const RowCounts *const> systems, const BootstrapOptions &options,
                     FunctionRef<void(int64_t, std::span<const std::vector<double>>)> body) {
  const auto rows = static_cast<uint64_t>(systems.front()->rows());
  const int threads = std::max(options.threads, 1);
  std::vector<std::vector<std::vector<double>>> scratch(static_cast<size_t>(threads));
  for (std::vector<std::vector<double>> &sums : scratch) {
    for (const RowCounts *system : systems) {
      sums.emplace_back(static_cast<size_t>(system->width));
    }
  }
  parallelFor(threads, options.resamples, [&](int64_t resample, int thread) {
    std::vector<std::vector<double>> &sums = scratch[static_cast<size_t>(thread)];
    for (std::vector<double> &sum : sums) {
      std::fill(sum.begin(), sum.end(), 0.0);
    }
    std::mt19937_64 generator(splitmix(options.seed, static_cast<uint64_t>(resample)));
    for (uint64_t k = 0; k < rows; ++k) {
      const auto row = static_cast<int64_t>((static_cast<Wide>(generator()) * rows) >> 64);
      for (size_t s = 0; s < systems.size(); ++s) {
        systems[s]->addTo(sums[s], row);
      }
    }
    body(resample, sums);
  });
}

Interval percentileInterval(double value, std::span<double> values) {
  const double lo = quantile(values, 0.025);
  const double hi = quantile(values, 0.975);
  return {value, lo, hi};
}

} // namespace clew
