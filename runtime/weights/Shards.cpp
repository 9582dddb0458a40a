// Checkpoints that are cut into several files of one format: the index says which tensor is where, and must be right.
#include "runtime/base/JsonTree.h"
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/Faults.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace clew {
namespace {

constexpr size_t mostIndexBytes = size_t{64} << 20;
constexpr size_t mostShards = 4096;

/// Tensor -> file.
using ShardMap = std::map<std::string, std::string>;

Result<ShardMap> readIndex(const CheckpointFolder &folder, const std::string &index) {
  const Result<MappedFile> file = index == folder.file() ? folder.mapFile() : folder.map(index);
  if (!file) {
    return fail(file);
  }
  const std::string where = folder.pathOf(index);
  if (file->size() > mostIndexBytes) {
    return fail(ErrorKind::BadInput, fmt::format("expected at most {} bytes, found {}", mostIndexBytes, file->size()),
                where);
  }
  const Result<JsonNode> json = parseJsonTree(file->text(), where);
  if (!json) {
    return fail(json);
  }
  const JsonNode *entries = json->find("weight_map");
  if (!entries || entries->kind != JsonNode::Kind::Object) {
    return fail(ErrorKind::BadInput,
                fmt::format("weight_map: expected an object of tensors and files, found {}",
                            entries ? describe(*entries) : "none"),
                where);
  }
  ShardMap map;
  for (const auto &[tensor, shard] : entries->entries) {
    if (shard.kind != JsonNode::Kind::Text) {
      return fail(ErrorKind::BadInput,
                  fmt::format("weight_map: expected the file of {}, found {}", quoteName(tensor), describe(shard)),
                  fmt::format("{}:{}", where, shard.line));
    }
    map.emplace(tensor, shard.text);
  }
  return map;
}

/// Every tensor must be where the index says, and every tensor of a shard must be in the index.
Result<void> checkShards(const ShardMap &map, const std::map<std::string, const TensorFile *> &shards,
                         const std::string &where) {
  Faults missing{"missing"};
  Faults extra{"extra"};
  for (const auto &[tensor, file] : map) {
    if (!shards.at(file)->find(tensor)) {
      missing.items.push_back(fmt::format("{} in {}", quoteName(tensor), file));
    }
  }
  for (const auto &[file, shard] : shards) {
    for (const TensorView &tensor : shard->tensors()) {
      const auto said = map.find(tensor.name);
      if (said == map.end() || said->second != file) {
        extra.items.push_back(fmt::format("{} in {}", quoteName(tensor.name), file));
      }
    }
  }
  const std::string message = messageOf({&missing, &extra});
  return message.empty()
             ? Result<void>()
             : fail(ErrorKind::BadInput, "expected the tensors in the files that the index says; " + message, where);
}

} // namespace

Result<TensorFiles> readShards(const CheckpointFolder &folder, const std::string &index, ReadTensorFile read) {
  const Result<ShardMap> map = readIndex(folder, index);
  if (!map) {
    return fail(map);
  }
  const std::string where = folder.pathOf(index);
  std::map<std::string, const TensorFile *> shards;
  for (const auto &[tensor, file] : *map) {
    shards.emplace(file, nullptr);
  }
  if (shards.empty() || shards.size() > mostShards) {
    return fail(ErrorKind::BadInput,
                fmt::format("weight_map: expected 1 to {} files, found {}", mostShards, shards.size()), where);
  }
  std::vector<TensorFile> files;
  std::vector<std::string> names;
  files.reserve(shards.size()); // pointers to them are kept
  for (auto &[file, shard] : shards) {
    Result<MappedFile> mapped = folder.map(file);
    Result<TensorFile> tensors = mapped ? read(std::move(*mapped)) : fail(mapped);
    if (!tensors) {
      return fail(tensors.error().kind, fmt::format("{}; {} names it", tensors.error().message, index),
                  tensors.error().where);
    }
    files.push_back(std::move(*tensors));
    names.push_back(file);
    shard = &files.back();
  }
  if (Result<void> right = checkShards(*map, shards, where); !right) {
    return fail(right);
  }
  return TensorFiles::of(std::move(files), std::move(names), where);
}

bool isShard(const CheckpointFolder &folder, const std::string &index, const std::string &file) {
  if (file == index || !folder.has(index)) {
    return false;
  }
  const Result<ShardMap> map = readIndex(folder, index);
  return map && std::ranges::any_of(*map, [&](const auto &entry) { return entry.second == file; });
}

} // namespace clew
