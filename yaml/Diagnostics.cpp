// Orders and renders the collected errors.
#include "yaml/Diagnostics.h"

namespace clew {
namespace {
constexpr size_t mostErrors = 100;
} // namespace

void Diagnostics::error(Spot at, std::string message, ErrorKind kind) {
  if (found.size() >= mostErrors) {
    cut = true;
    return;
  }
  found.try_emplace({at, std::move(message)}, kind);
}

void Diagnostics::add(const Diagnostics &other) {
  for (const auto &[said, kind] : other.found) {
    error(said.first, said.second, kind);
  }
}

std::string Diagnostics::where(Spot at) const {
  return at.line == 0 ? file : file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::vector<Error> Diagnostics::all() const {
  std::vector<Error> errors;
  for (const auto &[said, kind] : found) {
    errors.push_back({kind, said.second, where(said.first)});
  }
  if (cut) {
    errors.push_back({ErrorKind::BadInput, "more than 100 errors; the rest is left out", file});
  }
  return errors;
}

Error Diagnostics::first() const {
  const auto &[said, kind] = *found.begin();
  return {kind, said.second, where(said.first)};
}

} // namespace clew
