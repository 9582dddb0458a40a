// SmallFloats: the floats of 4, 6 and 8 bits that ONNX knows (docs/docsgen float8, float4; OCP MX): sign, exponent, mantissa, each with its own
// bias and its own idea of infinity and NaN. Tables of their values are made once; rounding is a search in them.
#pragma once

#include "runtime/onnx/OnnxModel.h"

#include <cstdint>

namespace clew::onnx {

/// Whether the type is one of them: Float8*, Float6*, Float4E2M1.
bool isSmallFloat(DataType type);

float smallToFloat(DataType type, uint8_t bits);

/// To the nearest, ties to the even mantissa. What is too large becomes the largest with `saturate`, else infinity, or NaN where there is none;
/// float4 and float6 always saturate. Float8E8M0, which has powers of two alone, goes up, down or to the nearest as `up` says: 1, -1, 0.
uint8_t floatToSmall(DataType type, float value, bool saturate, int up = 1);

} // namespace clew::onnx
