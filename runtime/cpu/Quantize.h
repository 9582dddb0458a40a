// Quantize: how weights become s8: per output channel, symmetric, scale = max|w| / 127, round half to even. One place, because
// Matmul, Scales and ColumnSums must agree to the bit.
#pragma once

#include <cstdint>

namespace clew {

/// The scale of one output channel of `depth` weights; 0 if all are zero.
float channelScale(const float *weights, int64_t depth);

/// target[i] = weights[i] / scale rounded half to even, in -127..127; zeros if scale is 0. Not-a-numbers become -127.
void quantizeChannel(const float *weights, int64_t depth, float scale, int8_t *target);
/// The same integers as f32.
void quantizeChannel(const float *weights, int64_t depth, float scale, float *target);

/// The sum of a channel's integers.
int32_t channelSum(const float *weights, int64_t depth, float scale);

/// Rounds to bf16 (to nearest, ties to even; not-a-number stays), kept as f32. `target` may be `source`.
void roundToBF16(const float *source, int64_t count, float *target);

} // namespace clew
