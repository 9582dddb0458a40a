// Checks of operands that every ref op makes before it touches memory.
#include "runtime/ref/Values.h"

#include <cmath>
#include <fmt/format.h>

namespace clew::ref {

Result<void> require(std::initializer_list<Rule> rules) {
  for (const Rule &rule : rules) {
    if (!rule.holds) {
      return fail(ErrorKind::BadInput, rule.what);
    }
  }
  return {};
}

Result<std::span<const int32_t>> offsetsOf(const RefTensor &view, int64_t tokens) {
  if (view.dtype != DType::I32 || view.elements() < 1) {
    return fail(ErrorKind::BadInput, "offsets must be i32 with at least one element");
  }
  const std::span offsets(static_cast<const int32_t *>(view.data), static_cast<size_t>(view.elements()));
  if (offsets.front() != 0 || offsets.back() != tokens || !std::ranges::is_sorted(offsets)) {
    return fail(ErrorKind::BadInput, fmt::format("offsets must rise from 0 to {} tokens", tokens));
  }
  return offsets;
}

Result<int64_t> wholeAttribute(const RefCall &call, std::string_view name, double otherwise, int64_t least,
                               int64_t most) {
  const double value = call.attribute(name, otherwise);
  if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most)) || value != std::floor(value)) {
    return fail(ErrorKind::BadInput,
                fmt::format("attribute '{}' must be a whole number in {}..{}, found {}", name, least, most, value));
  }
  return static_cast<int64_t>(value);
}

} // namespace clew::ref
