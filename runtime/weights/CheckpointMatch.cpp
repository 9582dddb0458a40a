// One pass over the Program's names, one over the file's, for each format. All faults are collected before any is reported.
#include "runtime/weights/CheckpointMatch.h"

#include "runtime/weights/Faults.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace clew {
namespace {

/// The name with an ending as older files have it, or "" if none of the endings is its own.
std::string olderName(const std::string &name, const CheckpointForm &form) {
  for (const auto &[ending, older] : form.endings) {
    if (name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size()) + older;
    }
  }
  return {};
}

/// The tensor under its name, with or without the prefix, with today's or yesterday's ending; the first is preferred, and the
/// others, if they are there too, are extra.
const TensorView *findTensor(const TensorFiles &files, const std::string &name, const CheckpointForm &form) {
  const std::string shorter = name.starts_with(form.prefix) ? name.substr(form.prefix.size()) : name;
  for (const std::string &candidate : {name, form.prefix + name, shorter}) {
    if (const TensorView *found = files.find(candidate)) {
      return found;
    }
    const std::string older = olderName(candidate, form);
    if (const TensorView *found = older.empty() ? nullptr : files.find(older)) {
      return found;
    }
  }
  return nullptr;
}

/// Patterns, like names, may be written with or without the prefix.
bool isIgnored(std::string_view name, const CheckpointForm &form) {
  const std::string longer = form.prefix + std::string(name);
  const std::string_view shorter = name.starts_with(form.prefix) ? name.substr(form.prefix.size()) : name;
  return std::ranges::any_of(form.ignore, [&](const std::string &pattern) {
    return matchesPattern(name, pattern) || matchesPattern(longer, pattern) || matchesPattern(shorter, pattern);
  });
}

CheckpointMatch matchNames(const TensorFiles &files, const Program &program, const CheckpointNames &names) {
  Faults missing{"missing"};
  Faults misshaped{"misshaped"};
  Faults mistyped{"not of a float type"};
  Faults extra{"extra"};
  CheckpointMatch match;
  match.names = &names;
  std::set<const TensorView *> used;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const Parameter &parameter = program.parameters[i];
    std::vector<const TensorView *> &own = match.pieces.emplace_back();
    for (const std::string &name : tensorNamesOf(program, names, i)) {
      const TensorView *tensor = findTensor(files, name, names.form);
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
  for (const TensorView *tensor : files.tensors()) {
    if (!used.contains(tensor) && !isIgnored(tensor->name, names.form)) {
      extra.items.push_back(quoteName(tensor->name));
    }
  }
  for (const Faults *faults : {&missing, &misshaped, &mistyped, &extra}) {
    match.faults += faults->items.size();
  }
  match.message = messageOf({&missing, &misshaped, &mistyped, &extra});
  return match;
}

} // namespace

std::vector<std::string> tensorNamesOf(const Program &program, const CheckpointNames &names, size_t index) {
  return names.tensors.empty() ? std::vector{program.parameters[index].name} : names.tensors[index];
}

const CheckpointNames &firstNames(const Program &program) {
  static const CheckpointNames own;
  return program.checkpoints.empty() ? own : program.checkpoints.front();
}

CheckpointMatch matchCheckpoint(const TensorFiles &files, const Program &program) {
  CheckpointMatch nearest = matchNames(files, program, firstNames(program));
  for (size_t i = 1; i < program.checkpoints.size() && nearest.faults > 0; ++i) {
    CheckpointMatch match = matchNames(files, program, program.checkpoints[i]);
    if (match.faults < nearest.faults) {
      nearest = std::move(match);
    }
  }
  if (nearest.faults > 0 && program.checkpoints.size() > 1) {
    nearest.message += fmt::format(" (as {} names them, which comes nearest)", nearest.names->form.format);
  }
  return nearest;
}

} // namespace clew
