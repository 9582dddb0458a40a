// The messages of onnx.proto in their encoding. Apart from OnnxWriter.cpp, which knows of files.
#pragma once

#include "runtime/onnx/OnnxModel.h"

#include <cstdint>
#include <string>

namespace clew::onnx {

/// Fields of ModelProto, GraphProto and TensorProto that OnnxWriter.cpp fills with bytes from elsewhere.
inline constexpr uint32_t modelGraphField = 7;
inline constexpr uint32_t graphInitializerField = 5;
inline constexpr uint32_t tensorRawField = 9;

/// Where a tensor's bytes lie in a file beside the model's.
struct ExternalPlace {
  std::string file; ///< relative to the model's folder
  uint64_t offset = 0;
  uint64_t length = 0;
};

/// A TensorProto without its bytes; `place` says where they are, null: raw_data follows.
std::string tensorHead(const std::string &name, DataType type, const std::vector<int64_t> &dims,
                       const ExternalPlace *place);

/// A GraphProto with everything but the weights.
std::string graphMessage(const Graph &graph);

/// A ModelProto with everything but its graph.
std::string modelHead(const Model &model);

} // namespace clew::onnx
