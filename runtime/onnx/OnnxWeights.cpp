// See OnnxWeights.h.
#include "runtime/onnx/OnnxWeights.h"

#include "runtime/onnx/OnnxReader.h"
#include "runtime/weights/CheckpointFolder.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace clew::onnx {
namespace {

/// A file that tensors lie in.
struct Holder {
  std::string name;
  MappedFile file;
  std::vector<TensorView> tensors = {};

  bool holds(std::span<const std::byte> bytes) const {
    const std::span<const std::byte> all = file.bytes();
    return bytes.data() >= all.data() && bytes.data() + bytes.size() <= all.data() + all.size();
  }
};

/// Puts a tensor to the file that holds its bytes; one that has none in a file gets `memory`.
Result<void> place(const Tensor &tensor, const std::string &name, std::vector<Holder> &holders, TensorMemory &memory) {
  if (tensor.type != DataType::Float || tensor.bytes().empty()) {
    return {};
  }
  std::span<const std::byte> bytes = tensor.bytes();
  auto holder = std::ranges::find_if(holders, [&](const Holder &one) { return one.holds(bytes); });
  if (holder == holders.end()) {
    Result<std::span<std::byte>> made = memory.take(bytes.size(), holders.front().file.name());
    if (!made) {
      return fail(made);
    }
    std::memcpy(made->data(), bytes.data(), bytes.size());
    bytes = *made;
    holder = holders.begin();
  }
  holder->tensors.push_back({name, StoredType::F32, tensor.dims, bytes});
  return {};
}

Result<void> placeAll(const Graph &graph, std::vector<Holder> &holders, TensorMemory &memory) {
  for (const Tensor &tensor : graph.initializers) {
    if (const Result<void> placed = place(tensor, tensor.name, holders, memory); !placed) {
      return placed;
    }
  }
  for (const Node &node : graph.nodes) {
    for (const Attribute &attribute : node.attributes) {
      const auto *tensor = std::get_if<std::shared_ptr<Tensor>>(&attribute.value);
      if (node.type != "Constant" || !tensor || !*tensor || node.outputs.empty()) {
        continue;
      }
      if (const Result<void> placed = place(**tensor, node.outputs.front(), holders, memory); !placed) {
        return placed;
      }
    }
  }
  return {};
}

} // namespace

Result<TensorFiles> openOnnxTensors(const std::string &path) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  Result<MappedFile> mapped = !folder ? fail(folder)
                              : folder->file().empty()
                                  ? fail(ErrorKind::BadInput, "expected an ONNX file, found a folder", path)
                                  : folder->mapFile();
  if (!mapped) {
    return fail(mapped);
  }
  std::vector<Holder> holders;
  holders.push_back({std::filesystem::path(path).filename().string(), std::move(*mapped)});
  const auto external = [&](const std::string &name) -> Result<std::span<const std::byte>> {
    const auto known = std::ranges::find(holders, name, &Holder::name);
    if (known != holders.end()) {
      return known->file.bytes();
    }
    Result<MappedFile> data = folder->map(name);
    if (!data) {
      return fail(data);
    }
    holders.push_back({name, std::move(*data)});
    return holders.back().file.bytes();
  };
  const std::span<const std::byte> bytes = holders.front().file.bytes();
  const Result<Model> model = parseOnnx(bytes, path, external);
  if (!model) {
    return fail(model);
  }
  TensorMemory memory(bytes.size());
  if (const Result<void> placed = placeAll(model->graph, holders, memory); !placed) {
    return fail(placed);
  }
  std::vector<TensorFile> files;
  std::vector<std::string> names;
  for (Holder &holder : holders) {
    const bool first = &holder == holders.data();
    Result<TensorSet> set = gatherTensors(std::move(holder.tensors), first ? std::move(memory) : TensorMemory(0), path);
    if (!set) {
      return fail(set);
    }
    files.emplace_back(std::move(holder.file), std::move(*set));
    names.push_back(holder.name);
  }
  return files.size() == 1 ? TensorFiles(std::move(files.front()))
                           : TensorFiles::of(std::move(files), std::move(names), path);
}

Result<Weights> loadOnnxWeights(const std::string &path, const Program &program) {
  Result<TensorFiles> files = openOnnxTensors(path);
  return files ? weightsIn(std::move(*files), program) : fail(files);
}

} // namespace clew::onnx
