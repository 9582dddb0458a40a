// ProgramPart: some of the parameters of a training Program, so that weights are loaded and saved for a part of what is there: a
// student, a teacher.
#pragma once

#include "runtime/program/Program.h"
#include "training/TrainingState.h"
#include "zoo/Model.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct ProgramPart {
  Program program;             ///< parameters and what checkpoints call them; no steps
  std::vector<size_t> numbers; ///< of its parameters in the whole Program
};

/// The parameters that `belongs` says, under their own names.
ProgramPart partOf(const Program &whole, bool (*belongs)(std::string_view parameter));

/// The parameters of `model`, as it and its checkpoints call them; in `whole` they stand under `path` (empty: at the top). Errors of its
/// checkpoints.
Result<ProgramPart> partOfModel(const Program &whole, const Model &model, std::string_view path);

/// The part's values out of `path`, whose weights come back. Errors of loadWeights.
Result<Weights> loadPart(const std::string &path, const ProgramPart &part, TrainingState &state);

} // namespace clew
