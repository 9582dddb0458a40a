// See OnnxTensors.h.
#include "cli/OnnxTensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace clew {
namespace {

/// Types that both kinds of file have.
constexpr std::pair<StoredType, onnx::DataType> types[] = {{StoredType::F64, onnx::DataType::Double},
                                                           {StoredType::F32, onnx::DataType::Float},
                                                           {StoredType::F16, onnx::DataType::Float16},
                                                           {StoredType::BF16, onnx::DataType::BFloat16},
                                                           {StoredType::F8E4M3, onnx::DataType::Float8E4M3FN},
                                                           {StoredType::F8E5M2, onnx::DataType::Float8E5M2},
                                                           {StoredType::I64, onnx::DataType::Int64},
                                                           {StoredType::I32, onnx::DataType::Int32},
                                                           {StoredType::I16, onnx::DataType::Int16},
                                                           {StoredType::I8, onnx::DataType::Int8},
                                                           {StoredType::U64, onnx::DataType::UInt64},
                                                           {StoredType::U32, onnx::DataType::UInt32},
                                                           {StoredType::U16, onnx::DataType::UInt16},
                                                           {StoredType::U8, onnx::DataType::UInt8},
                                                           {StoredType::Bool, onnx::DataType::Bool}};

std::optional<StoredType> storedOf(onnx::DataType type) {
  const auto *found = std::ranges::find(types, type, [](const auto &pair) { return pair.second; });
  return found == std::end(types) ? std::nullopt : std::optional(found->first);
}

/// A tensor as the input `info`: 32 bits of integers also serve where the model reads 64.
Result<onnx::Value> inputFrom(const TensorView &tensor, const onnx::ValueInfo &info, onnx::Memory &memory,
                              const std::string &path) {
  const auto *known = std::ranges::find(types, tensor.type, [](const auto &pair) { return pair.first; });
  onnx::Tensor view{tensor.name, known->second, tensor.shape, {}};
  view.view = tensor.bytes;
  onnx::Array array = onnx::arrayOf(view, memory);
  if (!array.data) {
    return fail(ErrorKind::Io, fmt::format("no memory for tensor {}", quoteName(tensor.name)), path);
  }
  if (array.type == onnx::DataType::Int32 && info.type == onnx::DataType::Int64) {
    onnx::Array wide = array;
    wide.type = info.type;
    wide.memory = memory.take(array.count() * static_cast<int64_t>(sizeof(int64_t)));
    wide.data = wide.memory.get();
    if (!wide.data) {
      return fail(ErrorKind::Io, fmt::format("no memory for tensor {}", quoteName(tensor.name)), path);
    }
    std::ranges::copy(array.all<int32_t>(), wide.to<int64_t>());
    return onnx::Value(std::move(wide));
  }
  return onnx::Value(std::move(array));
}

} // namespace

Result<std::vector<onnx::Value>> readOnnxInputs(const onnx::Model &model, const SafeTensors &file, onnx::Memory &memory,
                                                const std::string &path) {
  std::vector<onnx::Value> inputs;
  for (const onnx::ValueInfo &info : model.graph.inputs) {
    const auto found = std::ranges::find(file.tensors(), info.name, &TensorView::name);
    if (found == file.tensors().end()) {
      inputs.emplace_back(); // the evaluator knows which may be missing
      continue;
    }
    Result<onnx::Value> value = inputFrom(*found, info, memory, path);
    if (!value) {
      return fail(value);
    }
    inputs.push_back(std::move(*value));
  }
  for (const TensorView &tensor : file.tensors()) {
    if (std::ranges::find(model.graph.inputs, tensor.name, &onnx::ValueInfo::name) == model.graph.inputs.end()) {
      return fail(ErrorKind::BadInput, fmt::format("tensor {} is no input of the model", quoteName(tensor.name)), path);
    }
  }
  return inputs;
}

Result<void> addOnnxOutput(const std::string &name, const onnx::Value &value, std::vector<TensorView> &tensors) {
  if (value.kind == onnx::Value::Kind::Sequence) {
    for (size_t i = 0; i < value.sequence->size(); ++i) {
      const Result<void> added =
          addOnnxOutput(fmt::format("{}.{}", name, i), onnx::Value((*value.sequence)[i]), tensors);
      if (!added) {
        return added;
      }
    }
    return {};
  }
  if (value.kind == onnx::Value::Kind::None) {
    return {};
  }
  const std::optional<StoredType> type = storedOf(value.array.type);
  if (!type) {
    return fail(ErrorKind::Unsupported, fmt::format("output {} is {}, which safetensors files do not hold",
                                                    quoteName(name), nameOf(value.array.type)));
  }
  tensors.push_back({name, *type, value.array.dims, {value.array.data, static_cast<size_t>(value.array.bytes())}});
  return {};
}

} // namespace clew
