// Walks the constants in order, and lets a parameter go after its last reader.
#include "runtime/session/ConstantStore.h"

#include "runtime/base/Arena.h"
#include "runtime/ref/RefOps.h"

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

/// Memory for `elements` numbers.
Result<std::shared_ptr<Arena>> roomFor(int64_t elements) {
  auto arena = Arena::allocateArray(elements, sizeof(float));
  return arena ? Result<std::shared_ptr<Arena>>(std::make_shared<Arena>(std::move(*arena))) : fail(arena);
}

Result<PackedConstant> concatenate(const Values &values) {
  size_t elements = 0;
  for (auto part : values) {
    elements += part.size();
  }
  auto owner = roomFor(static_cast<int64_t>(elements));
  if (!owner) {
    return fail(owner);
  }
  float *out = (*owner)->as<float>().data();
  for (auto part : values) {
    out = std::ranges::copy(part, out).out;
  }
  return PackedConstant{std::shared_ptr<const void>(*owner, (*owner)->data()),
                        static_cast<int64_t>(elements * sizeof(float))};
}

bool isReadInPlace(const Constant &constant) {
  return constant.kind == ConstantKind::Plain && constant.sources.size() == 1;
}

/// By index: whether steps read the constant, or only constants that are made of it.
std::vector<bool> readBySteps(const Program &program) {
  std::vector<bool> read(program.constants.size(), false);
  const auto mark = [&](int32_t index) {
    if (index >= 0) {
      read[static_cast<size_t>(index)] = true;
    }
  };
  const auto markAll = [&](const std::vector<Operand> &operands) {
    for (const Operand &operand : operands) {
      mark(operand.kind == Operand::Kind::Constant ? operand.index : -1);
    }
  };
  for (const Step &step : program.steps) {
    for (const Stage &stage : step.stages) {
      std::visit(
          [&](const auto &reader) {
            if constexpr (std::is_same_v<std::decay_t<decltype(reader)>, Gemm>) { // x is a buffer
              mark(reader.weight);
              mark(reader.bias);
            } else {
              markAll(reader.operands);
            }
          },
          stage);
    }
  }
  return read;
}

/// How many constants still have to read each parameter; those that steps read in place are never done.
std::vector<int64_t> readersOf(const Program &program, const std::vector<bool> &inSteps) {
  std::vector<int64_t> readers(program.parameters.size(), 0);
  for (size_t index = 0; index < program.constants.size(); ++index) {
    const Constant &constant = program.constants[index];
    for (int32_t source : constant.sources) {
      readers[static_cast<size_t>(source)] += isReadInPlace(constant) && inSteps[index] ? INT32_MAX : 1;
    }
  }
  return readers;
}

/// The constants that a matrix stacks, where the host has them.
Values stackedIn(const Program &program, const Constant &constant, std::span<const void *const> hosts) {
  Values values;
  for (const Operand &operand : constant.made.operands) {
    const auto index = static_cast<size_t>(operand.index);
    const Constant &part = program.constants[index];
    values.emplace_back(static_cast<const float *>(hosts[index]), static_cast<size_t>(part.rows * part.columns));
  }
  return values;
}

/// Runs the op of a derived constant on constants that stand at `bases`: as the backend does it, or in f64.
Result<PackedConstant> derive(const Program &program, const Constant &constant, std::span<const void *const> bases,
                              ConstantPacker *packer) {
  std::vector<const float *> given;
  for (const Operand &operand : constant.made.operands) {
    given.push_back(static_cast<const float *>(bases[static_cast<size_t>(operand.index)]));
  }
  const auto index = static_cast<int32_t>(&constant - program.constants.data());
  if (auto made = packer ? packer->derive(index, given) : std::nullopt) {
    return std::move(*made);
  }
  const RefEntry *entry = findRefOp(constant.made.op);
  if (!entry) {
    return fail(ErrorKind::Unsupported,
                fmt::format("constant '{}': there is no op '{}'", constant.name, constant.made.op));
  }
  auto room = roomFor(constant.rows * constant.columns);
  if (!room) {
    return fail(room);
  }
  std::vector<RefTensor> operands;
  for (const Operand &operand : constant.made.operands) {
    const auto index = static_cast<size_t>(operand.index);
    const Constant &source = program.constants[index];
    operands.push_back({DType::F32, source.rows, source.columns, const_cast<void *>(bases[index])});
  }
  const RefTensor result{DType::F32, constant.rows, constant.columns, (*room)->data()};
  if (auto done = entry->run({operands, std::span(&result, 1), constant.made.attributes}); !done) {
    return fail(done.error().kind, fmt::format("constant '{}': {}", constant.name, done.error().message));
  }
  return PackedConstant{std::shared_ptr<const void>(*room, (*room)->data()),
                        constant.rows * constant.columns * static_cast<int64_t>(sizeof(float))};
}

} // namespace

/// Fills one store, constant after constant.
class ConstantStore::Builder {
public:
  Builder(const Program &program, const Weights &weights, ConstantPacker *packer, ConstantStore &store)
      : program(program), weights(weights), packer(packer), store(store), inSteps(readBySteps(program)),
        readers(readersOf(program, inSteps)) {}

  Result<void> add(size_t index);
  /// Lets go what only other constants were made of.
  void finish();

private:
  Result<void> keep(size_t index, PackedConstant constant);
  Result<bool> place(size_t index, const void *host, int64_t bytes);
  void release(const Constant &constant);

  const Program &program;
  const Weights &weights;
  ConstantPacker *packer;
  ConstantStore &store;
  std::vector<bool> inSteps;
  std::vector<int64_t> readers;
  /// Where the host has the constants so far, for those made of them; null for packed ones. What was placed elsewhere, and what no step
  /// reads, is owned here.
  std::vector<const void *> hosts;
  std::vector<std::shared_ptr<const void>> placed;
};

/// Whether the packer brought it to memory of its own.
Result<bool> ConstantStore::Builder::place(size_t index, const void *host, int64_t bytes) {
  auto moved = packer ? packer->place(host, bytes) : std::nullopt;
  if (!moved) {
    return false;
  }
  if (!*moved) {
    return fail(moved->error().kind,
                fmt::format("constant '{}': {}", program.constants[index].name, moved->error().message));
  }
  store.bases.push_back((*moved)->data.get());
  store.owners.push_back(std::move((*moved)->data));
  store.made += (*moved)->bytes;
  return true;
}

Result<void> ConstantStore::Builder::keep(size_t index, PackedConstant constant) {
  const ConstantKind kind = program.constants[index].kind;
  const bool readable = kind == ConstantKind::Plain || kind == ConstantKind::Derived;
  hosts.push_back(readable ? constant.data.get() : nullptr);
  if (readable && !inSteps[index]) { // nothing but constants reads it
    store.bases.push_back(nullptr);
    placed.push_back(std::move(constant.data));
    return {};
  }
  const auto moved = place(index, constant.data.get(), constant.bytes);
  if (!moved) {
    return fail(moved);
  }
  if (*moved) {
    if (readable) {
      placed.push_back(std::move(constant.data));
    }
    return {};
  }
  store.bases.push_back(constant.data.get());
  store.owners.push_back(std::move(constant.data));
  store.made += constant.bytes;
  return {};
}

Result<void> ConstantStore::Builder::add(size_t index) {
  const Constant &constant = program.constants[index];
  if (constant.kind == ConstantKind::Derived) {
    auto made = derive(program, constant, hosts, packer);
    return made ? keep(index, std::move(*made)) : fail(made);
  }
  auto values = constant.made.op.empty() ? valuesOf(program, constant, weights)
                                         : Result<Values>(stackedIn(program, constant, hosts));
  if (!values) {
    return fail(values);
  }
  if (isReadInPlace(constant)) {
    const std::span<const float> value = values->front();
    hosts.push_back(value.data());
    if (!inSteps[index]) {
      store.bases.push_back(nullptr);
      return {};
    }
    const auto moved = place(index, value.data(), static_cast<int64_t>(value.size_bytes()));
    if (moved && !*moved) {
      store.bases.push_back(value.data());
    }
    return moved ? Result<void>() : fail(moved);
  }
  if (constant.kind != ConstantKind::Plain && !packer) {
    return fail(ErrorKind::Unsupported,
                fmt::format("this backend cannot make constant '{}' of kind {}", constant.name, nameOf(constant.kind)));
  }
  auto packed =
      constant.kind == ConstantKind::Plain ? concatenate(*values) : packer->pack(static_cast<int32_t>(index), *values);
  if (!packed) {
    return fail(packed);
  }
  if (auto kept = keep(index, std::move(*packed)); !kept) {
    return kept;
  }
  release(constant);
  return {};
}

void ConstantStore::Builder::release(const Constant &constant) {
  for (int32_t source : constant.sources) {
    if (--readers[static_cast<size_t>(source)] == 0) {
      weights.release(program.parameters[static_cast<size_t>(source)]);
    }
  }
}

void ConstantStore::Builder::finish() {
  for (size_t index = 0; index < program.constants.size(); ++index) {
    if (isReadInPlace(program.constants[index]) && !inSteps[index]) {
      release(program.constants[index]);
    }
  }
}

Result<ConstantStore> ConstantStore::build(const Program &program, const Weights &weights, ConstantPacker *packer) {
  ConstantStore store;
  Builder builder(program, weights, packer, store);
  for (size_t index = 0; index < program.constants.size(); ++index) {
    if (auto added = builder.add(index); !added) {
      return fail(added);
    }
  }
  builder.finish();
  return store;
}

} // namespace clew
