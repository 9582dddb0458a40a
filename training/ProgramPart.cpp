// See ProgramPart.h.
#include "training/ProgramPart.h"

#include "compiler/CheckpointTable.h"
#include "runtime/base/ParameterPath.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <set>

namespace clew {

ProgramPart partOf(const Program &whole, bool (*belongs)(std::string_view parameter)) {
  ProgramPart part;
  part.program.model = whole.model;
  for (const CheckpointNames &names : whole.checkpoints) {
    part.program.checkpoints.push_back({names.form, {}});
  }
  for (size_t i = 0; i < whole.parameters.size(); ++i) {
    if (!belongs(whole.parameters[i].name)) {
      continue;
    }
    part.numbers.push_back(i);
    part.program.parameters.push_back(whole.parameters[i]);
    for (size_t c = 0; c < whole.checkpoints.size(); ++c) {
      part.program.checkpoints[c].tensors.push_back(whole.checkpoints[c].tensors[i]);
    }
  }
  return part;
}

Result<ProgramPart> partOfModel(const Program &whole, const Model &model, std::string_view path) {
  std::set<std::string> names;
  for (const ParameterName &name : parameterNames(model)) {
    names.insert(name.full());
  }
  ProgramPart part;
  part.program.model = model.name();
  for (size_t i = 0; i < whole.parameters.size(); ++i) {
    Parameter parameter = whole.parameters[i];
    if (!path.empty()) {
      if (!isUnder(parameter.name, path)) {
        continue;
      }
      parameter.name.erase(0, path.size() + 1);
    }
    if (names.contains(parameter.name)) {
      part.numbers.push_back(i);
      part.program.parameters.push_back(std::move(parameter));
    }
  }
  Result<std::vector<CheckpointNames>> table = compiler::checkpointTable(model, part.program.parameters);
  if (!table) {
    return fail(table);
  }
  part.program.checkpoints = std::move(*table);
  return part;
}

Result<Weights> loadPart(const std::string &path, const ProgramPart &part, TrainingState &state) {
  Result<Weights> weights = loadWeights(path, part.program);
  if (!weights) {
    return weights;
  }
  for (size_t i = 0; i < part.numbers.size(); ++i) {
    Result<void> copied = weights->visit(part.program.parameters[i], [&](std::span<const float> values) {
      std::ranges::copy(values, state.valuesOf(part.numbers[i]).begin());
      return Result<void>();
    });
    if (!copied) {
      return fail(copied);
    }
  }
  return weights;
}

} // namespace clew
