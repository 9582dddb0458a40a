// The table of formats. A new one is its reader and a line here.
#include "runtime/weights/CheckpointFormats.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace clew {
namespace {

constexpr std::string_view pickle = "a pickle, which can run code when it is read";
constexpr std::string_view tensorflow = "a checkpoint of TensorFlow";

constexpr std::array formats{
    CheckpointFormat{"model.safetensors", ".safetensors", readSafeTensors, {}},
    CheckpointFormat{"model.safetensors.index.json", ".safetensors.index.json", readShards, {}},
    CheckpointFormat{"pytorch_model.bin", ".bin", nullptr, pickle},
    CheckpointFormat{"pytorch_model.bin.index.json", ".bin.index.json", nullptr, pickle},
    CheckpointFormat{"pytorch_model.pt", ".pt", nullptr, pickle},
    CheckpointFormat{"pytorch_model.pth", ".pth", nullptr, pickle},
    CheckpointFormat{"tf_model.h5", ".h5", nullptr, tensorflow},
    CheckpointFormat{"model.ckpt.index", ".ckpt.index", nullptr, tensorflow},
    CheckpointFormat{"bert_model.ckpt.index", ".ckpt", nullptr, tensorflow},
    CheckpointFormat{"flax_model.msgpack", ".msgpack", nullptr, "a checkpoint of Flax"},
    CheckpointFormat{"model.onnx", ".onnx", nullptr, "a graph of ONNX"},
};

Result<TensorFiles> open(const CheckpointFolder &folder, const CheckpointFormat &format, const std::string &file) {
  if (format.read) {
    return format.read(folder, file);
  }
  return fail(ErrorKind::Unsupported,
              fmt::format("expected model.safetensors, found {}: {}; load it with Transformers and save it again "
                          "(save_pretrained writes model.safetensors)",
                          file, format.refusal),
              folder.pathOf(file));
}

/// Describes the model beside the weights: naming it means the folder.
bool isDescription(std::string_view file) { return file.ends_with(".json") || file.ends_with(".txt"); }

} // namespace

std::span<const CheckpointFormat> checkpointFormats() { return formats; }

bool holdsWeights(const CheckpointFolder &folder) {
  return !folder.file().empty() || std::ranges::any_of(formats, [&](const CheckpointFormat &format) {
    return folder.has(std::string(format.file));
  });
}

Result<TensorFiles> openTensors(const CheckpointFolder &folder) {
  if (folder.has("adapter_config.json")) {
    return fail(ErrorKind::Unsupported,
                "expected the weights of a whole model, found an adapter (PEFT) to be added to them; merge it first "
                "(merge_and_unload, then save_pretrained)",
                folder.pathOf("adapter_config.json"));
  }
  const std::string &file = folder.file();
  for (const CheckpointFormat &format : formats) {
    if (!file.empty() && file.ends_with(format.ending)) {
      return isShard(folder, file) ? readShards(folder, "model.safetensors.index.json") : open(folder, format, file);
    }
  }
  if (!file.empty() && !isDescription(file)) {
    return readSafeTensors(folder, file);
  }
  std::vector<std::string_view> looked;
  for (const CheckpointFormat &format : formats) {
    if (folder.has(std::string(format.file))) {
      return open(folder, format, std::string(format.file));
    }
    if (format.read) {
      looked.push_back(format.file);
    }
  }
  return fail(ErrorKind::NotFound, fmt::format("expected a folder with {}, found none", fmt::join(looked, " or ")),
              folder.path());
}

Result<TensorFiles> readSafeTensors(const CheckpointFolder &folder, const std::string &file) {
  Result<MappedFile> mapped = file == folder.file() ? folder.mapFile() : folder.map(file);
  Result<SafeTensors> tensors = mapped ? SafeTensors::open(std::move(*mapped)) : fail(mapped);
  return tensors ? TensorFiles(std::move(*tensors)) : Result<TensorFiles>(fail(tensors));
}

} // namespace clew
