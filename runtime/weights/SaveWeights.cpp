// Weights back into a checkpoint, one tensor at a time: the recipes of a format the other way round.
#include "runtime/base/Arena.h"
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/SliceReader.h"
#include "runtime/weights/Weights.h"

namespace clew {
namespace {

/// A part of a parameter that a tensor holds.
struct HeldPart {
  const Parameter *parameter = nullptr;
  const PlacedPart *part = nullptr;
};

/// By index into the layout's tensors.
std::vector<std::vector<HeldPart>> partsHeld(const Program &program, const CheckpointLayout &layout) {
  std::vector<std::vector<HeldPart>> held(layout.tensors.size());
  for (size_t i = 0; i < layout.parameters.size(); ++i) {
    for (const PlacedPart &part : layout.parameters[i]) {
      held[part.tensor].push_back({&program.parameters[i], &part});
    }
  }
  return held;
}

/// Whether the tensor is a parameter as it is.
bool isWhole(const std::vector<HeldPart> &parts, const CheckpointLayout::Tensor &tensor) {
  return parts.size() == 1 && isStretch(*parts[0].part) && parts[0].part->slice.shape == tensor.shape &&
         parts[0].part->begin == 0;
}

class TensorSaver {
public:
  TensorSaver(const Weights &weights, SafeTensorsWriter &writer) : weights(weights), writer(writer) {}

  Result<void> save(const CheckpointLayout::Tensor &tensor, const std::vector<HeldPart> &parts) {
    if (isWhole(parts, tensor)) {
      const size_t count = static_cast<size_t>(parts[0].part->slice.elements());
      return weights.visit(*parts[0].parameter, [&](std::span<const float> values) {
        return writer.write(std::as_bytes(values.first(count)));
      });
    }
    if (parts.size() == 1 && parts[0].part->adds && parts[0].part->plus == 0) {
      return writer.writeZeros(static_cast<size_t>(parts[0].part->slice.elements()) * sizeof(float));
    }
    return assemble(tensor, parts);
  }

private:
  Result<void> assemble(const CheckpointLayout::Tensor &tensor, const std::vector<HeldPart> &parts) {
    const TensorSlice all{0, tensor.shape, {}};
    Result<Arena> buffer = Arena::allocateArray(all.elements(), sizeof(float));
    if (!buffer) {
      return fail(buffer);
    }
    for (const auto &[parameter, part] : parts) {
      Result<void> put = weights.visit(*parameter, [&](std::span<const float> values) -> Result<void> {
        writeSlice(values.subspan(static_cast<size_t>(part->begin)), *part, buffer->as<float>());
        return {};
      });
      if (!put) {
        return put;
      }
    }
    return writer.write(std::as_bytes(std::span<const float>(buffer->as<float>())));
  }

  const Weights &weights;
  SafeTensorsWriter &writer;
};

} // namespace

Result<void> saveWeights(const std::string &path, const Program &program, const Weights &weights,
                         const SaveOptions &options) {
  const CheckpointNames &names = firstNames(program);
  const std::string &prefix = names.form.prefix;
  const Result<CheckpointLayout> layout = layOutCheckpoint(program.parameters, names);
  if (!layout) {
    return fail(layout);
  }
  std::vector<TensorLayout> layouts;
  for (const CheckpointLayout::Tensor &tensor : layout->tensors) {
    const bool add = options.prefix && !tensor.name.starts_with(prefix);
    layouts.push_back({add ? prefix + tensor.name : tensor.name, StoredType::F32, tensor.shape});
  }
  Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, layouts, options.metadata);
  if (!writer) {
    return fail(writer);
  }
  TensorSaver saver(weights, *writer);
  const std::vector<std::vector<HeldPart>> held = partsHeld(program, *layout);
  for (size_t i = 0; i < held.size(); ++i) {
    if (Result<void> saved = saver.save(layout->tensors[i], held[i]); !saved) {
      return saved;
    }
  }
  return writer->finish();
}

} // namespace clew
