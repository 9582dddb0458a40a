// OnnxWeights: the tensors of an ONNX file as a checkpoint, so that a Program that was recognised in the file takes its parameters from it the
// way that every other one does.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorFiles.h"
#include "runtime/weights/Weights.h"

#include <string>

namespace clew::onnx {

/// The f32 tensors of the outermost graph: initializers, and those in nodes, called after what these give. They are views of the mapped file
/// and of those beside it, but for the few that a file spells out number by number. Errors as openOnnx.
Result<TensorFiles> openOnnxTensors(const std::string &path);

/// The parameters of a Program whose first names say how the file's tensors make them. Errors as openOnnxTensors and loadWeights.
Result<Weights> loadOnnxWeights(const std::string &path, const Program &program);

} // namespace clew::onnx
