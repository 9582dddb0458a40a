// Tensors of safetensors files as the inputs and outputs of ONNX graphs.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/evaluate/Array.h"
#include "runtime/onnx/OnnxModel.h"
#include "runtime/weights/SafeTensors.h"

#include <string>
#include <vector>

namespace clew {

/// The file's tensors as the model's inputs, None where it has none: the evaluator knows which may be missing. 32 bits of integers also serve
/// where the model reads 64. BadInput, at `path`, for a tensor that is no input.
Result<std::vector<onnx::Value>> readOnnxInputs(const onnx::Model &model, const SafeTensors &file, onnx::Memory &memory,
                                                const std::string &path);

/// Adds an output with its name, or the parts of a sequence with numbers behind it. Unsupported for a type that safetensors files do not hold.
Result<void> addOnnxOutput(const std::string &name, const onnx::Value &value, std::vector<TensorView> &tensors);

} // namespace clew
