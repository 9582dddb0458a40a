// A tensor that is a parameter as it is goes through untouched; others are put together in memory, one at a time.
#include "runtime/weights/NamedWeights.h"

#include "runtime/base/Arena.h"
#include "runtime/weights/SliceReader.h"

#include <algorithm>

namespace clew {

Result<NamedWeights> NamedWeights::make(const Program &program, const Weights &weights, const CheckpointNames &names,
                                        bool prefix) {
  Result<CheckpointLayout> layout = layOutCheckpoint(program.parameters, names);
  if (!layout) {
    return fail(layout);
  }
  NamedWeights named(std::move(*layout), weights);
  const std::string &front = names.form.prefix;
  for (const CheckpointLayout::Tensor &tensor : named.layout.tensors) {
    const bool add = prefix && !tensor.name.starts_with(front);
    named.layouts.push_back({add ? front + tensor.name : tensor.name, StoredType::F32, tensor.shape});
  }
  named.held.resize(named.layouts.size());
  for (size_t i = 0; i < named.layout.parameters.size(); ++i) {
    for (const PlacedPart &part : named.layout.parameters[i]) { // moving the layout moves no part
      if (part.tensor != PlacedPart::noTensor) {
        named.held[part.tensor].push_back({&program.parameters[i], &part});
      }
    }
  }
  return named;
}

Result<void> NamedWeights::visit(size_t index, FunctionRef<Result<void>(std::span<const float>)> use) const {
  const std::vector<HeldPart> &parts = held[index];
  const bool whole = parts.size() == 1 && isStretch(*parts[0].part) && parts[0].part->begin == 0 &&
                     parts[0].part->slice.shape == layouts[index].shape;
  if (!whole) {
    return assemble(index, use);
  }
  const auto count = static_cast<size_t>(parts[0].part->slice.elements());
  return weights.visit(*parts[0].parameter, [&](std::span<const float> values) { return use(values.first(count)); });
}

Result<void> NamedWeights::assemble(size_t index, FunctionRef<Result<void>(std::span<const float>)> use) const {
  const TensorSlice all{0, layouts[index].shape, {}};
  Result<Arena> buffer = Arena::allocateArray(all.elements(), sizeof(float));
  if (!buffer) {
    return fail(buffer);
  }
  for (const auto &[parameter, part] : held[index]) {
    Result<void> put = weights.visit(*parameter, [&](std::span<const float> values) -> Result<void> {
      writeSlice(values.subspan(static_cast<size_t>(part->begin)), *part, buffer->as<float>());
      return {};
    });
    if (!put) {
      return put;
    }
  }
  return use(buffer->as<float>());
}

bool NamedWeights::mayRound() const {
  return std::ranges::any_of(layout.parameters, [](const std::vector<PlacedPart> &parts) {
    return std::ranges::any_of(parts, [](const PlacedPart &part) { return part.plus != 0; });
  });
}

} // namespace clew
