// Quantization: linear, for tensors, axes and blocks.
#include "runtime/evaluate/Elementwise.h"
#include "runtime/evaluate/SmallFloats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

/// For element i of a shape, the element of the scale: one, one for each index of an axis, or one for each block of an axis.
struct ScaleIndex {
  int64_t inner = 1, extent = 1, block = 0, scales = 1;
  bool each = false; ///< per block: outer and inner axes count, too
  int64_t at(int64_t i) const {
    if (each) {
      const int64_t blocks = (extent + block - 1) / block;
      return (i / inner / extent * blocks + i / inner % extent / block) * inner + i % inner;
    }
    return scales == 1 ? 0 : i / inner % extent;
  }
};

bool scaleIndex(Call &call, const Array &x, const Array &scale, ScaleIndex &out) {
  out.scales = scale.count();
  if (scale.count() == 1 && scale.rank() <= 1) {
    return true;
  }
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis", 1), x.rank()));
  if (!call.ok()) {
    return false;
  }
  out.inner = product(std::span<const int64_t>(x.dims).subspan(axis + 1));
  out.extent = x.dims[axis];
  out.block = call.integer("block_size");
  if (!call.need(out.block >= 0 && out.block < (int64_t{1} << 40), "expected a block_size from 0 on")) {
    return false;
  }
  if (out.block > 0) {
    out.each = true;
    Shape expected = x.dims;
    expected[axis] = (out.extent + out.block - 1) / out.block;
    return call.need(scale.dims == expected, "expected a scale for each block of {}", out.block);
  }
  return call.need(scale.rank() == 1 && scale.count() == out.extent, "expected a scale for each of {} indices",
                   out.extent);
}

struct Bounds {
  float low, high;
};
bool boundsOf(DataType type, Bounds &out) {
  for (const DataType one : {DataType::UInt8, DataType::UInt16, DataType::UInt4, DataType::UInt2}) {
    if (type == one) {
      out = {0, static_cast<float>((1 << bitsOf(type)) - 1)};
      return true;
    }
  }
  for (const DataType one : {DataType::Int8, DataType::Int16, DataType::Int4, DataType::Int2}) {
    if (type == one) {
      const auto half = static_cast<float>(1 << (bitsOf(type) - 1));
      out = {-half, half - 1};
      return true;
    }
  }
  return false;
}

void quantize(Call &call) {
  const Array x = converted(call, call.in(0), DataType::Float);
  const Array scale = converted(call, call.in(1), DataType::Float);
  const auto given = static_cast<DataType>(call.integer("output_dtype"));
  const DataType type = call.has(2) ? call.in(2).type : given != DataType::Undefined ? given : DataType::UInt8;
  const Array zero = call.has(2) ? converted(call, call.in(2), DataType::Float) : Array();
  ScaleIndex index;
  if (!call.ok() || !scaleIndex(call, x, scale, index) ||
      !call.need(!zero.data || zero.count() == scale.count(), "expected as many zero points as scales")) {
    return;
  }
  Array scaled = call.make(DataType::Float, x.dims);
  Bounds bounds{};
  const bool integers = boundsOf(type, bounds);
  for (int64_t i = 0; call.ok() && i < x.count(); ++i) {
    const int64_t at = index.at(i);
    const float value = x.as<float>()[i] / scale.as<float>()[at];
    const float offset = zero.data ? zero.as<float>()[at] : 0;
    scaled.to<float>()[i] =
        integers ? std::clamp(std::nearbyint(value) + offset, bounds.low, bounds.high) : value + offset;
  }
  if (call.ok()) {
    call.outputs.assign(1, Value(converted(call, scaled, type, call.integer("saturate", 1) != 0)));
  }
}

void dequantize(Call &call) {
  const Array x = converted(call, call.in(0), DataType::Float);
  const DataType given = static_cast<DataType>(call.integer("output_dtype"));
  const DataType type = given != DataType::Undefined ? given : call.in(1).type;
  const Array scale = converted(call, call.in(1), DataType::Float);
  const Array zero = call.has(2) ? converted(call, call.in(2), DataType::Float) : Array();
  ScaleIndex index;
  if (!call.ok() || !scaleIndex(call, x, scale, index) ||
      !call.need(!zero.data || zero.count() == scale.count(), "expected as many zero points as scales")) {
    return;
  }
  Array real = call.make(DataType::Float, x.dims);
  for (int64_t i = 0; call.ok() && i < x.count(); ++i) {
    const int64_t at = index.at(i);
    real.to<float>()[i] = (x.as<float>()[i] - (zero.data ? zero.as<float>()[at] : 0)) * scale.as<float>()[at];
  }
  if (call.ok()) {
    call.outputs.assign(1, Value(converted(call, real, type)));
  }
}

void dynamicQuantize(Call &call) {
  const Array &x = call.in(0);
  if (!call.ok() || !call.need(x.type == DataType::Float, "expected float")) {
    return;
  }
  float low = 0;
  float high = 0;
  for (const float value : x.all<float>()) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const float scale = (high - low) / 255;
  const float zero = scale == 0 ? 0 : std::nearbyint(std::clamp(-low / scale, 0.0F, 255.0F));
  const Array from = x;
  call.outputs.resize(3);
  Array *y = call.out(0, DataType::UInt8, from.dims);
  Array *s = y ? call.out(1, DataType::Float, {}) : nullptr;
  Array *z = s ? call.out(2, DataType::UInt8, {}) : nullptr;
  if (z) {
    *s->to<float>() = scale;
    *z->to<uint8_t>() = numberOf<uint8_t>(zero);
    mapEach<float, uint8_t>(from, *y, call.threads, [=](float v) {
      return numberOf<uint8_t>(std::clamp(std::nearbyint(scale == 0 ? 0 : v / scale) + zero, 0.0F, 255.0F));
    });
  }
}

} // namespace

void addQuantizeOps(OpTable &table) {
  table["QuantizeLinear"] = {quantize, "axis saturate block_size output_dtype precision"};
  table["DequantizeLinear"] = {dequantize, "axis block_size output_dtype"};
  table["DynamicQuantizeLinear"] = {dynamicQuantize, ""};
}

} // namespace clew::onnx
