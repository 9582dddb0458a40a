// TrainingFile: everything that a run of training is, in one file, so that it can be killed at any moment and gone on with.
#pragma once

#include "training/TrainingState.h"

#include <string>

namespace clew {

/// Where a run stands, beside the values of its TrainingState.
struct TrainingPlace {
  int64_t step = 0;      ///< updates that are done
  int64_t bestEpoch = 0; ///< whose weights are kept, from 1; 0: none yet
  double bestScore = 0;
  double lossSum = 0;       ///< of this epoch so far
  double seconds = 0;       ///< that the run has taken
  std::string recipeSha256; ///< of what must not change
};

/// Writes values, moments, averages and the place: a safetensors file, whole or not at all.
Result<void> saveTraining(const std::string &path, TrainingState &state, const Program &program,
                          const TrainingPlace &place);

/// Reads them back to the last bit. NotFound if there is no file; BadInput if it is of another Program or another recipe.
Result<TrainingPlace> loadTraining(const std::string &path, TrainingState &state, const Program &program,
                                   const std::string &recipeSha256);

} // namespace clew
