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

Result<CheckpointMatch> matchNames(const TensorFiles &files, const Program &program, const CheckpointNames &names) {
  Result<CheckpointLayout> layout = layOutCheckpoint(program.parameters, names);
  if (!layout) {
    return fail(layout);
  }
  Faults missing{"missing"};
  Faults extra{"extra"};
  Faults misshaped{"misshaped"};
  Faults mistyped{"not of a float type"};
  CheckpointMatch match{&names, std::move(*layout), {}, 0, {}};
  std::set<const TensorView *> used;
  for (const CheckpointLayout::Tensor &wanted : match.layout.tensors) {
    const TensorView *tensor = match.tensors.emplace_back(findTensor(files, wanted.name, names.form));
    if (!tensor) {
      missing.items.push_back(quoteName(wanted.name));
      continue;
    }
    used.insert(tensor);
    if (tensor->shape != wanted.shape) {
      misshaped.items.push_back(fmt::format("{} expected {} found {}", quoteName(tensor->name),
                                            renderShape(wanted.shape), renderShape(tensor->shape)));
    } else if (!readsAsF32(tensor->type)) {
      mistyped.items.push_back(fmt::format("{} is {}", quoteName(tensor->name), nameOf(tensor->type)));
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

const CheckpointNames &firstNames(const Program &program) {
  static const CheckpointNames own;
  return program.checkpoints.empty() ? own : program.checkpoints.front();
}

Result<CheckpointMatch> matchCheckpoint(const TensorFiles &files, const Program &program) {
  Result<CheckpointMatch> nearest = matchNames(files, program, firstNames(program));
  for (size_t i = 1; i < program.checkpoints.size() && nearest && nearest->faults > 0; ++i) {
    Result<CheckpointMatch> match = matchNames(files, program, program.checkpoints[i]);
    if (!match || match->faults < nearest->faults) {
      nearest = std::move(match);
    }
  }
  if (nearest && nearest->faults > 0 && program.checkpoints.size() > 1) {
    nearest->message += fmt::format(" (as {} names them, which comes nearest)", nearest->names->form.format);
  }
  return nearest;
}

} // namespace clew
