// Times as records state them. What measures fills them in, what reports shows them.
#pragma once

#include <optional>

namespace clew {

/// Milliseconds, by early stopping (EarlyStopping.h). Absent: not enough samples to state the percentile.
struct Percentiles {
  std::optional<double> p50;
  std::optional<double> p90;
  std::optional<double> p99;
};

/// Milliseconds from nothing to the first answer. `load`: weights read and packed, vocabulary read; `compile`: the model to a Program, or
/// reading it from the program cache; `first`: the first run, of 32 tokens.
struct ColdStart {
  double load = 0;
  double compile = 0;
  double first = 0;

  double total() const { return load + compile + first; }
};

} // namespace clew
