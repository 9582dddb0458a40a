// How lists of faults are worded.
#include "runtime/weights/Faults.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>

namespace clew {

std::string messageOf(std::initializer_list<const Faults *> all) {
  constexpr size_t mostListed = 24; // of each kind
  std::string message;
  for (const Faults *faults : all) {
    if (faults->items.empty()) {
      continue;
    }
    const auto shown = std::span(faults->items).first(std::min(faults->items.size(), mostListed));
    message += fmt::format("{}{}: {}", message.empty() ? "" : "; ", faults->kind, fmt::join(shown, ", "));
    if (faults->items.size() > shown.size()) {
      message += fmt::format(" and {} more", faults->items.size() - shown.size());
    }
  }
  return message;
}

} // namespace clew
