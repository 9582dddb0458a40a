// Whole units: how many of them hold a number of things, and how much they hold.
#pragma once

namespace clew {

/// value / unit, rounded up. value >= 0, unit > 0, and value + unit fits.
template <typename T, typename U> constexpr T ceilDiv(T value, U unit) {
  return (value + static_cast<T>(unit) - 1) / static_cast<T>(unit);
}

/// The least multiple of `unit` that is not below `value`.
template <typename T, typename U> constexpr T roundUp(T value, U unit) {
  return ceilDiv(value, unit) * static_cast<T>(unit);
}

} // namespace clew
