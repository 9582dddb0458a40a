// Puts a task's head onto a model's body: the graph fragment of a head file, fed by the body's outputs.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/Model.h"
#include "zoo/ModelReader.h"

#include <cstdint>
#include <optional>

namespace clew {

/// `body` with the head of `headFile` at its end. `labels` sets the head's param of that name.
///
/// The result keeps those outputs of the body that the head takes, `hidden` and its family, and adds the head's. Parts of
/// the body that no output needs any more are gone (a tagger has no pooler, in published files neither); names of their
/// tensors move to `ignore`. Checkpoint entries are named as in a file with this task: the body's with the prefix, the
/// head's without. BadInput when the body lacks what the head takes or a path stands in both.
///
/// `kind` is the kind of task that is asked for, of those that the head answers; its only one if empty.
Result<Model> withHead(const Model &body, const ModelFile &headFile, std::optional<int64_t> labels = std::nullopt,
                       const std::string &kind = "");

} // namespace clew
