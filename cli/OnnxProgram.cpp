// See OnnxProgram.h.
#include "cli/OnnxProgram.h"

#include "runtime/onnx/OnnxWeights.h"

#include <fmt/format.h>

namespace clew {

Result<OnnxProgram> OnnxProgram::load(const OnnxGraph &graph, const std::string &path,
                                      const OnnxProgramOptions &options) {
  Result<Program> program = graph.compileCached(options.compile);
  Result<Weights> weights = program ? onnx::loadOnnxWeights(path, *program) : fail(program);
  if (!weights) {
    return fail(weights);
  }
  ExecutableOptions chosen;
  chosen.threads = options.threads;
  chosen.deterministic = options.deterministic;
  Result<std::shared_ptr<const Executable>> executable =
      Executable::create(std::move(*program), std::move(*weights), chosen);
  Result<Session> session = executable ? Session::create(std::move(*executable)) : fail(executable);
  return session ? Result<OnnxProgram>(OnnxProgram(std::move(*session), graph.form())) : fail(session);
}

Result<void> OnnxProgram::run(const onnx::PackedRows &rows, onnx::Memory &memory, std::vector<onnx::Value> &outputs) {
  std::vector<BatchInput> inputs{{"offsets", rows.offsets}};
  for (size_t i = 0; i < form.inputs.size(); ++i) {
    if (!form.inputs[i].packed.empty()) {
      inputs.push_back({form.inputs[i].packed, rows.values[i]});
    }
  }
  if (const Result<void> ran = session.run({{}, {}, {}, inputs}); !ran) {
    return ran;
  }
  outputs.clear();
  for (const onnx::PaddedOutput &output : form.outputs) {
    const Result<OutputView> view = session.output(output.name);
    if (!view) {
      return fail(view);
    }
    onnx::Array array{onnx::DataType::Float, onnx::dimsOf(output, rows), nullptr, nullptr, nullptr};
    array.memory = memory.take(array.bytes());
    array.data = array.memory.get();
    if (!array.data) {
      return fail(ErrorKind::Io, fmt::format("no memory for output {}", quoteName(output.name)));
    }
    onnx::spread(output, rows, view->values(), view->columns, {array.to<float>(), static_cast<size_t>(array.count())});
    outputs.emplace_back(std::move(array));
  }
  return {};
}

Result<onnx::PackedRows> packOnnxInputs(const onnx::PaddedForm &form, const std::vector<onnx::Value> &inputs) {
  std::vector<onnx::PaddedValues> values;
  for (size_t i = 0; i < form.inputs.size(); ++i) {
    const onnx::Array &array = inputs[i].array;
    onnx::PaddedValues &padded = values.emplace_back();
    padded.dims = array.dims;
    if (inputs[i].kind == onnx::Value::Kind::Array && array.type == onnx::DataType::Int64) {
      padded.values.assign(array.all<int64_t>().begin(), array.all<int64_t>().end());
    } else if (inputs[i].kind == onnx::Value::Kind::Array && array.type == onnx::DataType::Int32) {
      padded.values.assign(array.all<int32_t>().begin(), array.all<int32_t>().end());
    } else if (inputs[i].kind == onnx::Value::Kind::Array && array.type == onnx::DataType::Bool) {
      padded.values.assign(array.all<uint8_t>().begin(), array.all<uint8_t>().end());
    } else {
      return fail(ErrorKind::BadInput, fmt::format("{} holds no whole numbers", quoteName(form.inputs[i].name)));
    }
  }
  return onnx::pack(form, values);
}

} // namespace clew
