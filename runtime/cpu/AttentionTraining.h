// Attention as training runs it, forward and backward: a job a (sequence, head), queries in blocks, so that no more of the scores than a
// block's rows is in memory.
#pragma once

#include "runtime/cpu/DenseProduct.h"
#include "runtime/ref/RefOps.h"

namespace clew {

/// attention and attention_gradient of runtime/ref in f32: causal or not, with or without a window; neither tables of distances,
/// segments and biases nor the scores as a result. Whether operands and results are those of such a call, and have the shapes that
/// RefOps.h asks for.
bool runsAttention(const RefCall &call);
Result<void> attentionForward(const RefCall &call, int threads, Workspace &memory);

bool runsAttentionGradient(const RefCall &call);
Result<void> attentionBackward(const RefCall &call, int threads, Workspace &memory);

} // namespace clew
