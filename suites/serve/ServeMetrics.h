// ServeMetrics: what a service counts of itself, in the text form that Prometheus reads
// (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4).
#pragma once

#include "suites/serve/AnswerQueue.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// A histogram with fixed bounds; not for many threads.
class Histogram {
public:
  explicit Histogram(std::vector<double> bounds) : bounds(std::move(bounds)), counts(this->bounds.size() + 1) {}
  void add(double value);
  /// Its lines, with cumulated buckets, sum and count.
  std::string render(std::string_view name, std::string_view help) const;

private:
  std::vector<double> bounds; ///< each bucket's greatest value, ascending
  std::vector<uint64_t> counts;
  double sum = 0;
};

/// All members may be called from many threads.
class ServeMetrics {
public:
  /// `labels` of the line that says what is served: name and value.
  explicit ServeMetrics(std::vector<std::pair<std::string, std::string>> labels);

  void countRequest(std::string_view path, int status);
  void countRows(const QueueAnswer &answer, size_t rows);
  void countRefusedRows(size_t rows); ///< told 429
  /// The whole; `waiting` rows of at most `bound`.
  std::string render(size_t waiting, size_t bound) const;

private:
  mutable std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> served;
  double started;
  std::map<std::pair<std::string, int>, uint64_t> requests;
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t refused = 0;
  Histogram waited;
  Histogram took;
  Histogram together;
};

} // namespace clew
