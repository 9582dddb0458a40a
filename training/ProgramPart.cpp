// See ProgramPart.h.
#include "training/ProgramPart.h"

#include "compiler/CheckpointTable.h"
#include "runtime/base/ParameterPath.h"
#include "training/TeacherGraph.h"

#include <algorithm>

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

Result<ProgramPart> teacherPart(const Program &whole, const Model &teacher) {
  ProgramPart part = partOf(whole, [](std::string_view name) { return isUnder(name, kTeacherPath); });
  part.program.model = teacher.name();
  for (Parameter &parameter : part.program.parameters) {
    parameter.name.erase(0, kTeacherPath.size() + 1);
  }
  Result<std::vector<CheckpointNames>> table = compiler::checkpointTable(teacher, part.program.parameters);
  if (!table) {
    return fail(table);
  }
  part.program.checkpoints = std::move(*table);
  return part;
}

Result<std::vector<std::string>> loadPart(const std::string &path, const ProgramPart &part, TrainingState &state) {
  const Result<Weights> weights = loadWeights(path, part.program);
  if (!weights) {
    return fail(weights);
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
  return std::vector<std::string>(weights->notes().begin(), weights->notes().end());
}

} // namespace clew
