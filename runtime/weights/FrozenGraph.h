// FrozenGraph: the weights in a graph of TensorFlow 1 whose variables were frozen into constants (GraphDef,
// tensorflow/core/framework/graph.proto). Nothing is run: what the graph computes is a model's matter, not this file's.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>

namespace clew {

/// Constants that one graph may have, and the bytes of a name.
constexpr size_t mostGraphConstants = 100'000;
constexpr size_t mostGraphName = 1024;

/// The constants of the graph that may be weights: floats with at least one extent, named like their nodes. Integers, texts and single
/// numbers (axes, shapes, rates) belong to the computation and are passed over, as are constants inside of functions. Numbers stay
/// where the file has them, or are made within TensorMemory's bound where it lists or repeats them. BadInput at `where` for what is no
/// graph (a SavedModel, too) or has no such constant, for constants that do not hold what their shapes say, and beyond the bounds. The set borrows from `file`.
Result<TensorSet> readFrozenGraph(std::span<const std::byte> file, const std::string &where);

} // namespace clew
