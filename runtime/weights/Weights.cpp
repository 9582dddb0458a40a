// Where values come from (mapped tensors or a seed) and the buffers that hold them while somebody needs them.
#include "runtime/weights/Weights.h"

#include "runtime/base/Arena.h"
#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/CheckpointMatch.h"
#include "runtime/weights/ConfigCheck.h"
#include "runtime/weights/NormalStream.h"
#include "runtime/weights/SliceReader.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <unordered_map>

namespace clew {
namespace {

/// Random numbers are drawn in tasks of this many elements.
constexpr int64_t drawnPerTask = int64_t{1} << 18;

/// A tensor of the file and what it gives to a parameter.
struct WeightPiece {
  const TensorView *tensor = nullptr; ///< null: one number throughout
  PlacedPart part;
};

int64_t elementsOf(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) {
      return -1; // Arena refuses it
    }
  }
  return count;
}

} // namespace

/// One parameter: its source, and a buffer once somebody asked.
struct Weights::Entry {
  std::string name;
  std::vector<int64_t> shape;
  Init init = Init::Normal;
  std::vector<WeightPiece> pieces; ///< none: random, or held
  std::span<const float> held;     ///< memory of somebody else

  std::mutex mutex;
  Arena buffer; ///< guarded by mutex

  /// Whether what is there serves as it is: memory of somebody else, or the file's own bytes.
  bool direct() const { return held.data() || mapped(); }

  bool mapped() const {
    return pieces.size() == 1 && pieces[0].tensor && pieces[0].tensor->type == StoredType::F32 &&
           isStretch(pieces[0].part) && reinterpret_cast<size_t>(pieces[0].tensor->bytes.data()) % alignof(float) == 0;
  }

  std::span<const float> directValues() const {
    if (held.data()) {
      return held;
    }
    const auto *values = reinterpret_cast<const float *>(pieces[0].tensor->bytes.data());
    return {values + pieces[0].part.slice.offset, static_cast<size_t>(pieces[0].part.slice.elements())};
  }
};

struct Weights::Impl {
  TensorFiles files; ///< none for random weights
  std::vector<std::string> notes;
  std::mutex hashMutex;
  std::string hash; ///< guarded by hashMutex; empty until somebody asks
  uint64_t seed = 0;
  int threads = 1;
  std::deque<Entry> entries; ///< a deque, because mutexes do not move
  std::unordered_map<std::string, Entry *> byName;

  void add(const Parameter &parameter, std::vector<WeightPiece> pieces) {
    Entry &entry = entries.emplace_back();
    entry.name = parameter.name;
    entry.shape = parameter.shape;
    entry.init = parameter.init;
    entry.pieces = std::move(pieces);
    byName.emplace(entry.name, &entry);
  }

  void draw(const Entry &entry, std::span<float> out) const {
    NormalStream stream(seed, entry.name);
    float mean = entry.init == Init::Gain ? 1.0F : 0.0F;
    float deviation = entry.init == Init::Gain ? 0.1F : 0.02F;
    auto size = static_cast<int64_t>(out.size());
    parallelFor(threads, ceilDiv(size, drawnPerTask), [&](int64_t task, int) {
      int64_t begin = task * drawnPerTask;
      auto count = static_cast<size_t>(std::min(drawnPerTask, size - begin));
      stream.fill(begin, out.subspan(static_cast<size_t>(begin), count), mean, deviation);
    });
  }

  /// All pieces. The pages they came from are not needed any longer.
  Result<void> convert(const Entry &entry, std::span<float> out) const {
    for (const auto &[tensor, part] : entry.pieces) {
      const auto begin = static_cast<size_t>(part.begin);
      const auto count = static_cast<size_t>(part.slice.elements());
      if (!tensor) {
        fillSlice(part, out.subspan(begin, count));
        continue;
      }
      if (Result<void> read = readSlice(*tensor, part, out.subspan(begin, count)); !read) {
        return fail(read.error().kind, read.error().message, files.path());
      }
      files.release(*tensor);
    }
    return {};
  }

  Result<Arena> make(const Entry &entry) const {
    Result<Arena> buffer = Arena::allocateArray(elementsOf(entry.shape), sizeof(float));
    if (!buffer) {
      return buffer;
    }
    if (entry.pieces.empty()) {
      draw(entry, buffer->as<float>());
    } else if (Result<void> converted = convert(entry, buffer->as<float>()); !converted) {
      return fail(converted);
    }
    return buffer;
  }
};

Weights::Weights(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Weights::Weights(Weights &&) noexcept = default;
Weights &Weights::operator=(Weights &&) noexcept = default;
Weights::~Weights() = default;

Result<Weights::Entry *> Weights::entryOf(const Parameter &parameter) const {
  auto found = impl->byName.find(parameter.name);
  if (found == impl->byName.end() || found->second->shape != parameter.shape) {
    return fail(ErrorKind::Internal,
                fmt::format("these weights have no parameter {} of shape {}", quoteName(parameter.name),
                            renderShape(parameter.shape)),
                path());
  }
  return found->second;
}

Result<std::span<const float>> Weights::get(const Parameter &parameter) const {
  Result<Entry *> entry = entryOf(parameter);
  if (!entry) {
    return fail(entry);
  }
  if ((*entry)->direct()) {
    return (*entry)->directValues();
  }
  std::lock_guard lock((*entry)->mutex);
  if ((*entry)->buffer.empty()) {
    Result<Arena> made = impl->make(**entry);
    if (!made) {
      return fail(made);
    }
    (*entry)->buffer = std::move(*made);
  }
  return std::span<const float>((*entry)->buffer.as<float>());
}

Result<void> Weights::visit(const Parameter &parameter, FunctionRef<Result<void>(std::span<const float>)> use) const {
  Result<Entry *> entry = entryOf(parameter);
  if (!entry) {
    return fail(entry);
  }
  if ((*entry)->direct()) {
    Result<void> used = use((*entry)->directValues());
    if ((*entry)->mapped()) {
      impl->files.release(*(*entry)->pieces[0].tensor);
    }
    return used;
  }
  {
    std::lock_guard lock((*entry)->mutex);
    if (!(*entry)->buffer.empty()) {
      return use((*entry)->buffer.as<float>()); // under the lock, so that no release() takes it away
    }
  }
  Result<Arena> made = impl->make(**entry);
  return made ? use(made->as<float>()) : Result<void>(fail(made));
}

void Weights::release(const Parameter &parameter) const {
  Result<Entry *> entry = entryOf(parameter);
  if (!entry) {
    return;
  }
  if ((*entry)->mapped()) {
    impl->files.release(*(*entry)->pieces[0].tensor);
  }
  if ((*entry)->direct()) {
    return;
  }
  std::lock_guard lock((*entry)->mutex);
  (*entry)->buffer = Arena();
}

const SafeTensorsMetadata &Weights::metadata() const { return impl->files.metadata(); }

const std::string &Weights::path() const { return impl->files.path(); }

Result<std::string> Weights::sha256() const {
  if (impl->files.path().empty()) {
    const bool held = !impl->entries.empty() && impl->entries.front().held.data();
    return held ? Result<std::string>(fail(ErrorKind::Internal, "weights in memory have no name"))
                : fmt::format("random:{}", impl->seed);
  }
  const std::lock_guard lock(impl->hashMutex);
  if (impl->hash.empty()) {
    Result<std::string> hash = impl->files.sha256();
    if (!hash) {
      return hash;
    }
    impl->hash = std::move(*hash);
  }
  return impl->hash;
}

const std::vector<std::string> &Weights::notes() const { return impl->notes; }

/// `match` is of these files.
Result<Weights> Weights::in(TensorFiles files, const CheckpointMatch &match, const Program &program) {
  if (!match.message.empty()) {
    return fail(ErrorKind::BadInput, fmt::format("expected the tensors of {}; {}", program.model, match.message),
                files.path());
  }
  auto impl = std::make_unique<Impl>();
  const auto model = files.metadata().find("clew.model");
  if (model != files.metadata().end() && model->second != program.model) {
    impl->notes.push_back(fmt::format("{}: saved as the weights of {}, read as those of {}", files.path(),
                                      quoteName(model->second), program.model));
  }
  impl->files = std::move(files); // the views stay where they are
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    std::vector<WeightPiece> pieces;
    for (const PlacedPart &part : match.layout.parameters[i]) {
      pieces.push_back({part.tensor == PlacedPart::noTensor ? nullptr : match.tensors[part.tensor], part});
    }
    impl->add(program.parameters[i], std::move(pieces));
  }
  return Weights(std::move(impl));
}

Result<Weights> loadWeights(const std::string &path, const Program &program) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  Result<TensorFiles> files = folder ? openTensors(*folder) : fail(folder);
  if (!files) {
    return fail(files);
  }
  // What the checkpoint says of itself comes first: it explains why tensors are missing or misshaped.
  const Result<CheckpointMatch> match = matchCheckpoint(*files, program);
  Result<std::vector<std::string>> notes =
      match ? checkConfig(*folder, match->names->form.config, program.model) : fail(match);
  if (!notes) {
    return fail(notes);
  }
  Result<Weights> weights = Weights::in(std::move(*files), *match, program);
  if (weights) {
    weights->impl->notes.insert(weights->impl->notes.begin(), notes->begin(), notes->end());
  }
  return weights;
}

Result<Weights> weightsIn(TensorFiles files, const Program &program) {
  const Result<CheckpointMatch> match = matchCheckpoint(files, program);
  return match ? Weights::in(std::move(files), *match, program) : fail(match);
}

Result<std::string> weightsSha256(const std::string &path) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  const Result<TensorFiles> files = folder ? openTensors(*folder) : fail(folder);
  return files ? files->sha256() : fail(files);
}

Weights randomWeights(const Program &program, uint64_t seed, int threads) {
  auto impl = std::make_unique<Weights::Impl>();
  impl->seed = seed;
  impl->threads = threads;
  for (const Parameter &parameter : program.parameters) {
    impl->add(parameter, {});
  }
  return Weights(std::move(impl));
}

Weights heldWeights(const Program &program, std::vector<std::span<const float>> values) {
  auto impl = std::make_unique<Weights::Impl>();
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    impl->add(program.parameters[i], {});
    impl->entries.back().held = values[i];
  }
  return Weights(std::move(impl));
}

} // namespace clew
