// ConvertCheckpoint: the pieces of a conversion: the tensors of a checkpoint as sources for a writer, and the files beside the weights that
// go along, because weights without their labels and their tokenizer are a guess.
#pragma once

#include "runtime/weights/CheckpointFolder.h"
#include "runtime/weights/ElementType.h"
#include "runtime/weights/NamedWeights.h"
#include "runtime/weights/TensorFiles.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clew {

/// Tensors to write. `changed` has an entry for each, which holds once the tensor was written.
struct ConvertedTensors {
  std::vector<TensorSource> sources;
  std::shared_ptr<std::vector<ChangedValues>> changed;
};

/// The tensors as they are called there, in another type of floats if one is given. Borrows `files`.
ConvertedTensors convertTensors(const TensorFiles &files, std::optional<StoredType> type);

/// The same of a model's weights under one of its ways of naming. Borrows `weights`.
ConvertedTensors convertTensors(const NamedWeights &weights, std::optional<StoredType> type);

/// Names of the folder's files that say how its weights are to be used: config.json and its like, label lists, tokenizer files. Sorted.
/// Errors as CheckpointFolder::namesEnding.
Result<std::vector<std::string>> companionsOf(const CheckpointFolder &folder);

/// Copies these files into the folder `to`. Links are resolved inside of the source's folder; errors as CheckpointFolder::map and
/// AtomicFile.
Result<void> copyCompanions(const CheckpointFolder &folder, const std::vector<std::string> &names,
                            const std::string &to);

} // namespace clew
