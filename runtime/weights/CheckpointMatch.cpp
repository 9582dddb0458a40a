// One pass over the Program's names, one over the file's. All faults are collected before any is reported: a person
// who mends a checkpoint wants the list, not the first line of it.
#include "runtime/weights/CheckpointMatch.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace clew {
namespace {

constexpr size_t mostListed = 24; ///< of each kind of fault

/// Faults of one kind, of which the first few are shown.
struct Faults {
  std::string_view kind;
  std::vector<std::string> items = {};

  void addTo(std::string &message) const {
    if (items.empty()) {
      return;
    }
    auto shown = std::span(items).first(std::min(items.size(), mostListed));
    message += fmt::format("{}{}: {}", message.empty() ? "" : "; ", kind, fmt::join(shown, ", "));
    if (items.size() > shown.size()) {
      message += fmt::format(" and {} more", items.size() - shown.size());
    }
  }
};

const TensorView *findTensor(const SafeTensors &file, const std::string &name, const std::string &prefix) {
  if (const TensorView *exact = file.find(name)) {
    return exact;
  }
  if (prefix.empty()) {
    return nullptr;
  }
  if (const TensorView *longer = file.find(prefix + name)) {
    return longer;
  }
  return name.starts_with(prefix) ? file.find(std::string_view(name).substr(prefix.size())) : nullptr;
}

bool matchesPattern(std::string_view name, std::string_view pattern) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

/// Patterns, like names, may be written with or without the prefix.
bool isIgnored(std::string_view name, const Program &program) {
  const std::string &prefix = program.checkpointPrefix;
  std::string longer = prefix + std::string(name);
  std::string_view shorter = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  return std::ranges::any_of(program.checkpointIgnore, [&](const std::string &pattern) {
    return matchesPattern(name, pattern) || matchesPattern(longer, pattern) || matchesPattern(shorter, pattern);
  });
}

} // namespace

std::vector<std::string> tensorNamesOf(const Parameter &parameter) {
  return parameter.tensors.empty() ? std::vector{parameter.name} : parameter.tensors;
}

Result<std::vector<std::vector<const TensorView *>>> matchCheckpoint(const SafeTensors &file, const Program &program) {
  Faults missing{"missing"};
  Faults misshaped{"misshaped"};
  Faults mistyped{"not of a float type"};
  Faults extra{"extra"};
  std::vector<std::vector<const TensorView *>> pieces;
  std::set<const TensorView *> used;
  for (const Parameter &parameter : program.parameters) {
    std::vector<const TensorView *> &own = pieces.emplace_back();
    for (const std::string &name : tensorNamesOf(parameter)) {
      const TensorView *tensor = findTensor(file, name, program.checkpointPrefix);
      if (!tensor) {
        missing.items.push_back(quoteName(name));
        continue;
      }
      used.insert(tensor);
      own.push_back(tensor);
      if (tensor->shape != parameter.shape) {
        misshaped.items.push_back(fmt::format("{} expected {} found {}", quoteName(tensor->name),
                                              renderShape(parameter.shape), renderShape(tensor->shape)));
      } else if (!readsAsF32(tensor->type)) {
        mistyped.items.push_back(fmt::format("{} is {}", quoteName(tensor->name), nameOf(tensor->type)));
      }
    }
  }
  for (const TensorView &tensor : file.tensors()) {
    if (!used.contains(&tensor) && !isIgnored(tensor.name, program)) {
      extra.items.push_back(quoteName(tensor.name));
    }
  }
  std::string message;
  for (const Faults *faults : {&missing, &misshaped, &mistyped, &extra}) {
    faults->addTo(message);
  }
  if (!message.empty()) {
    return fail(ErrorKind::BadInput, fmt::format("expected the tensors of {}; {}", program.model, message),
                file.path());
  }
  return pieces;
}

} // namespace clew
