// Walks the constants in order, and lets a parameter go after its last reader.
#include "runtime/session/ConstantStore.h"

#include "runtime/base/Arena.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {

namespace {

using Values = std::vector<std::span<const float>>;

Result<Values> valuesOf(const Program &program, const Constant &constant, const Weights &weights) {
  Values values;
  for (int32_t source : constant.sources) {
    const Parameter &parameter = program.parameters[static_cast<size_t>(source)];
    auto got = weights.get(parameter);
    if (!got) {
      return fail(got);
    }
    size_t elements = 1;
    for (int64_t dimension : parameter.shape) {
      elements *= static_cast<size_t>(dimension);
    }
    if (got->size() != elements) {
      return fail(ErrorKind::Internal,
                  fmt::format("parameter '{}' has {} values, expected {}", parameter.name, got->size(), elements));
    }
    values.push_back(*got);
  }
  return values;
}

Result<PackedConstant> concatenate(const Values &values) {
  size_t elements = 0;
  for (auto part : values) {
    elements += part.size();
  }
  auto arena = Arena::allocateArray(static_cast<int64_t>(elements), sizeof(float));
  if (!arena) {
    return fail(arena);
  }
  auto owner = std::make_shared<Arena>(std::move(*arena));
  float *out = owner->as<float>().data();
  for (auto part : values) {
    out = std::ranges::copy(part, out).out;
  }
  return PackedConstant{std::shared_ptr<const void>(owner, owner->data()),
                        static_cast<int64_t>(elements * sizeof(float))};
}

bool isReadInPlace(const Constant &constant) {
  return constant.kind == ConstantKind::Plain && constant.sources.size() == 1;
}

/// How many constants still have to read each parameter; those read in place are never done.
std::vector<int64_t> readersOf(const Program &program) {
  std::vector<int64_t> readers(program.parameters.size(), 0);
  for (const Constant &constant : program.constants) {
    for (int32_t source : constant.sources) {
      readers[static_cast<size_t>(source)] += isReadInPlace(constant) ? INT32_MAX : 1;
    }
  }
  return readers;
}

} // namespace

Result<ConstantStore> ConstantStore::build(const Program &program, const Weights &weights, ConstantPacker *packer) {
  ConstantStore store;
  std::vector<int64_t> readers = readersOf(program);
  for (size_t index = 0; index < program.constants.size(); ++index) {
    const Constant &constant = program.constants[index];
    auto values = valuesOf(program, constant, weights);
    if (!values) {
      return fail(values);
    }
    if (isReadInPlace(constant)) {
      store.bases.push_back(values->front().data());
      continue;
    }
    if (constant.kind != ConstantKind::Plain && !packer) {
      return fail(ErrorKind::Unsupported, fmt::format("this backend cannot make constant '{}' of kind {}",
                                                      constant.name, nameOf(constant.kind)));
    }
    auto packed = constant.kind == ConstantKind::Plain ? concatenate(*values)
                                                       : packer->pack(static_cast<int32_t>(index), *values);
    if (!packed) {
      return fail(packed);
    }
    store.bases.push_back(packed->data.get());
    store.owners.push_back(std::move(packed->data));
    store.made += packed->bytes;
    for (int32_t source : constant.sources) {
      if (--readers[static_cast<size_t>(source)] == 0) {
        weights.release(program.parameters[static_cast<size_t>(source)]);
      }
    }
  }
  return store;
}

} // namespace clew
