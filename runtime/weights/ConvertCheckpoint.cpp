// Sources keep nothing in memory: each tensor is converted while it is written.
#include "runtime/weights/ConvertCheckpoint.h"

#include "runtime/base/AtomicFile.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

/// Names that published folders have beside their weights, and endings of such names.
constexpr std::array<std::string_view, 5> companions{"vocab.txt", "merges.txt", "labels.txt", "tag.dic", "word.dic"};
constexpr std::array<std::string_view, 3> companionEndings{".json", ".model", ".vocab"};

/// JSON that describes weights themselves: what is written has no shards.
bool isIndex(std::string_view name) { return name.ends_with(".index.json"); }

bool isCompanion(std::string_view name) {
  return !isIndex(name) && (std::ranges::find(companions, name) != companions.end() ||
                            std::ranges::any_of(companionEndings, [&](auto ending) { return name.ends_with(ending); }));
}

/// The type in which a tensor is written: only floats change theirs.
StoredType typeFor(StoredType own, std::optional<StoredType> type) { return type && readsAsF32(own) ? *type : own; }

/// Converts and remembers what that changed.
Result<void> hand(const TensorView &view, StoredType type, TensorSink sink, ChangedValues &changed) {
  const Result<ChangedValues> done = convertTensor(view, type, sink);
  if (!done) {
    return fail(done);
  }
  changed = *done;
  return {};
}

} // namespace

ConvertedTensors convertTensors(const TensorFiles &files, std::optional<StoredType> type) {
  ConvertedTensors converted;
  converted.changed = std::make_shared<std::vector<ChangedValues>>(files.tensors().size());
  for (const TensorView *view : files.tensors()) {
    const StoredType to = typeFor(view->type, type);
    const size_t index = converted.sources.size();
    const auto produce = [&files, view, to, index, changed = converted.changed](TensorSink sink) {
      Result<void> done = hand(*view, to, sink, (*changed)[index]);
      files.release(*view);
      return done;
    };
    converted.sources.push_back({{view->name, to, view->shape}, produce});
  }
  return converted;
}

ConvertedTensors convertTensors(const NamedWeights &weights, std::optional<StoredType> type) {
  ConvertedTensors converted;
  converted.changed = std::make_shared<std::vector<ChangedValues>>(weights.tensors().size());
  for (const TensorLayout &layout : weights.tensors()) {
    const StoredType to = typeFor(layout.type, type);
    const size_t index = converted.sources.size();
    const auto produce = [&weights, to, index, changed = converted.changed](TensorSink sink) {
      return weights.visit(index, [&](std::span<const float> values) {
        const TensorLayout &own = weights.tensors()[index];
        const TensorView view{own.name, own.type, own.shape, std::as_bytes(values)};
        return hand(view, to, sink, (*changed)[index]);
      });
    };
    converted.sources.push_back({{layout.name, to, layout.shape}, produce});
  }
  return converted;
}

Result<std::vector<std::string>> companionsOf(const CheckpointFolder &folder) {
  Result<std::vector<std::string>> names = folder.namesEnding("");
  if (names) {
    std::erase_if(*names, [](const std::string &name) { return !isCompanion(name); });
  }
  return names;
}

Result<void> copyCompanions(const CheckpointFolder &folder, const std::vector<std::string> &names,
                            const std::string &to) {
  for (const std::string &name : names) {
    const Result<MappedFile> file = folder.map(name);
    if (!file) {
      return fail(file);
    }
    if (Result<void> written = writeFileAtomically(to + "/" + name, file->text()); !written) {
      return written;
    }
  }
  return {};
}

} // namespace clew
