// The table of formats. A new one is its reader and a line here.
#include "runtime/weights/CheckpointFormats.h"

#include "runtime/weights/FrozenGraph.h"
#include "runtime/weights/Hdf5File.h"
#include "runtime/weights/NumpyFile.h"
#include "runtime/weights/NumpyPickle.h"
#include "runtime/weights/PaddleFile.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/TorchFile.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace clew {
namespace {

Result<TensorFile> withTensors(MappedFile file, Result<TensorSet> set) {
  return set ? TensorFile(std::move(file), std::move(*set)) : Result<TensorFile>(fail(set));
}

Result<TensorFile> readSafeTensors(MappedFile file) {
  Result<SafeTensors> tensors = SafeTensors::open(std::move(file));
  return tensors ? Result<TensorFile>(std::move(*tensors)) : fail(tensors);
}

Result<TensorFile> readTorch(MappedFile file) {
  Result<TensorSet> set = readTorchFile(file.bytes(), file.name());
  return withTensors(std::move(file), std::move(set));
}

Result<TensorFile> readGraph(MappedFile file) {
  Result<TensorSet> set = readFrozenGraph(file.bytes(), file.name());
  return withTensors(std::move(file), std::move(set));
}

Result<TensorFile> readHierarchy(MappedFile file) {
  Result<TensorSet> set = readHdf5(file.bytes(), file.name());
  return withTensors(std::move(file), std::move(set));
}

Result<TensorFile> readArrays(MappedFile file) {
  Result<TensorSet> set = readNpz(file.bytes(), file.name());
  return withTensors(std::move(file), std::move(set));
}

Result<TensorFile> readPickled(MappedFile file) {
  Result<TensorSet> set = readNumpyPickle(file.bytes(), file.name());
  return withTensors(std::move(file), std::move(set));
}

/// The array is called like the file.
Result<TensorFile> readArray(MappedFile file) {
  Result<TensorSet> set = readNpy(file.bytes(), std::filesystem::path(file.name()).stem().string(), file.name());
  return withTensors(std::move(file), std::move(set));
}

constexpr std::array formats{
    CheckpointFormat{"safetensors", "model.safetensors", "model.safetensors.index.json", ".safetensors",
                     readSafeTensors},
    CheckpointFormat{"PyTorch", "pytorch_model.bin", "pytorch_model.bin.index.json", ".bin", readTorch},
    CheckpointFormat{"PyTorch", "pytorch_model.pt", "", ".pt", readTorch},
    CheckpointFormat{"PyTorch", "pytorch_model.pth", "", ".pth", readTorch},
    CheckpointFormat{"PyTorch", "pytorch_model.ckpt", "", ".ckpt", readTorch}, // as PyTorch Lightning calls it
    CheckpointFormat{"NumPy", "model.npz", "", ".npz", readArrays},
    CheckpointFormat{"NumPy", "model.npy", "", ".npy", readArray},
    CheckpointFormat{"NumPy", "model.pkl", "", ".pkl", readPickled}, // a dictionary of arrays
    // bert_model.ckpt.index, model.ckpt-100.index
    CheckpointFormat{"TensorFlow", "*.index", "", ".index", nullptr, readTensorFlow},
    CheckpointFormat{"TensorFlow", "*.pb", "", ".pb", readGraph},
    CheckpointFormat{"HDF5", "*.h5", "", ".h5", readHierarchy},     // Keras
    CheckpointFormat{"HDF5", "*.hdf5", "", ".hdf5", readHierarchy}, // ELMo
    CheckpointFormat{"Paddle", "*.pdiparams", "", ".pdiparams", nullptr, readPaddleCombined},
    CheckpointFormat{"Paddle", "__params__", "", "__params__", nullptr, readPaddleCombined},
    CheckpointFormat{"Paddle", "*", "", "", nullptr, readPaddleFolder, looksLikePaddle},
    CheckpointFormat{"Flax", "flax_model.msgpack", "", ".msgpack", nullptr, nullptr, nullptr, "a checkpoint of Flax"},
    CheckpointFormat{"ONNX", "model.onnx", "", ".onnx", nullptr, nullptr, nullptr, "a graph of ONNX"},
};

Result<TensorFiles> open(const CheckpointFolder &folder, const CheckpointFormat &format, const std::string &file) {
  if (format.readFolder) {
    return format.readFolder(folder, file);
  }
  if (!format.read) {
    return fail(ErrorKind::Unsupported,
                fmt::format("expected model.safetensors, found {}: {}; load it with Transformers and save it again "
                            "(save_pretrained writes model.safetensors)",
                            file, format.refusal),
                folder.pathOf(file));
  }
  const std::string index(format.index);
  if (!index.empty() && (file == index || isShard(folder, index, file))) {
    return readShards(folder, index, format.read);
  }
  Result<MappedFile> mapped = file == folder.file() ? folder.mapFile() : folder.map(file);
  Result<TensorFile> tensors = mapped ? format.read(std::move(*mapped)) : fail(mapped);
  return tensors ? TensorFiles(std::move(*tensors)) : Result<TensorFiles>(fail(tensors));
}

bool beginsRight(const CheckpointFolder &folder, const CheckpointFormat &format, const std::string &name) {
  const Result<MappedFile> file = name == folder.file() ? folder.mapFile() : folder.map(name);
  return file && format.looksRight(file->bytes());
}

/// Under which name the folder holds the format; empty if it does not.
std::string nameIn(const CheckpointFolder &folder, const CheckpointFormat &format) {
  if (format.file.starts_with('*')) {
    const Result<std::vector<std::string>> names = folder.namesEnding(format.file.substr(1));
    const auto right = [&](const std::string &name) { return !format.looksRight || beginsRight(folder, format, name); };
    if (!names) {
      return "";
    }
    const auto found = std::ranges::find_if(*names, right);
    return found != names->end() ? *found : "";
  }
  for (std::string_view name : {format.file, format.index}) {
    if (!name.empty() && folder.has(std::string(name))) {
      return std::string(name);
    }
  }
  return "";
}

/// Whether the folder is a model's in a Hugging Face cache, in which checkpoints lie one deeper, in snapshots/REVISION.
bool isHubModel(const CheckpointFolder &folder) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(folder.path(), error);
  return canonical.filename().string().starts_with("models--");
}

/// What to name instead of a model's folder in a Hugging Face cache.
std::string hubAdvice(const CheckpointFolder &folder) {
  constexpr size_t mostNamed = 3;
  constexpr size_t mostLooked = 1000;
  std::vector<std::string> snapshots;
  std::error_code error;
  std::filesystem::directory_iterator at(std::filesystem::path(folder.path()) / "snapshots", error);
  for (; !error && at != std::filesystem::directory_iterator() && snapshots.size() < mostLooked; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      snapshots.push_back("snapshots/" + at->path().filename().string());
    }
  }
  if (snapshots.empty()) {
    return "this model of a Hugging Face cache has no snapshot (snapshots/REVISION): download it again";
  }
  std::ranges::sort(snapshots);
  const size_t more = snapshots.size() - std::min(snapshots.size(), mostNamed);
  snapshots.resize(snapshots.size() - more);
  return fmt::format("this is a model of a Hugging Face cache; name its snapshot: {}{}", fmt::join(snapshots, " or "),
                     more > 0 ? fmt::format(" or one of {} more", more) : "");
}

/// Describes the model beside the weights: naming it means the folder.
bool isDescription(std::string_view file) { return file.ends_with(".json") || file.ends_with(".txt"); }

} // namespace

std::span<const CheckpointFormat> checkpointFormats() { return formats; }

std::vector<std::string_view> readableFormats() {
  std::vector<std::string_view> names;
  for (const CheckpointFormat &format : formats) {
    if (format.refusal.empty() && std::ranges::find(names, format.name) == names.end()) {
      names.push_back(format.name);
    }
  }
  return names;
}

bool holdsWeights(const CheckpointFolder &folder) {
  return !folder.file().empty() ||
         std::ranges::any_of(formats, [&](const CheckpointFormat &format) { return !nameIn(folder, format).empty(); });
}

Result<TensorFiles> openTensors(const CheckpointFolder &folder) {
  if (folder.has("adapter_config.json")) {
    return fail(ErrorKind::Unsupported,
                "expected the weights of a whole model, found an adapter (PEFT) to be added to them; merge it first "
                "(merge_and_unload, then save_pretrained)",
                folder.pathOf("adapter_config.json"));
  }
  const std::string index = bundleIndexOf(folder.file());
  const std::string &file = index.empty() ? folder.file() : index;
  for (const CheckpointFormat &format : formats) {
    const bool named = format.ending.empty()
                           ? !isDescription(file) && format.looksRight && beginsRight(folder, format, file)
                           : file == format.index || file.ends_with(format.ending);
    if (!file.empty() && named) {
      return open(folder, format, file);
    }
  }
  if (!file.empty() && !isDescription(file)) {
    return open(folder, formats.front(), file);
  }
  std::vector<std::string_view> looked;
  for (const CheckpointFormat &format : formats) {
    if (const std::string name = nameIn(folder, format); !name.empty()) {
      return open(folder, format, name);
    }
    for (std::string_view name : {format.file, format.index}) {
      if ((format.read || format.readFolder) && !name.empty()) {
        looked.push_back(name == "*" ? "a file for each parameter" : name);
      }
    }
  }
  return fail(ErrorKind::NotFound,
              fmt::format("expected a folder with {}, found none{}{}", fmt::join(looked, " or "),
                          isHubModel(folder) ? "; " : "", isHubModel(folder) ? hubAdvice(folder) : ""),
              folder.path());
}

} // namespace clew
