// A checkpoint of TensorFlow's in a folder: PREFIX.index, the data files that it names, and which PREFIX is meant.
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/TensorFlowBundle.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clew {
namespace {

constexpr std::string_view indexEnding = ".index";
constexpr size_t mostStateBytes = size_t{1} << 20;

Result<MappedFile> mapIn(const CheckpointFolder &folder, const std::string &name) {
  return name == folder.file() ? folder.mapFile() : folder.map(name);
}

/// What the file `checkpoint` says is the newest: `model_checkpoint_path: "model.ckpt-100"`. Empty if it says nothing.
Result<std::string> newestIn(const CheckpointFolder &folder) {
  const Result<std::optional<std::string>> state = folder.readText("checkpoint", mostStateBytes);
  if (!state) {
    return fail(state);
  }
  constexpr std::string_view key = "model_checkpoint_path: \"";
  const std::string_view text = *state ? std::string_view(**state) : std::string_view();
  const size_t at = text.starts_with(key) ? 0 : text.find(fmt::format("\n{}", key));
  if (at == std::string_view::npos) {
    return std::string();
  }
  const size_t begin = text.find('"', at) + 1;
  const std::string_view path = text.substr(begin, text.find('"', begin) - begin);
  return std::string(path.substr(path.rfind('/') + 1)) + std::string(indexEnding); // paths are those of another machine
}

/// The index that is meant: the only one, or of several that which the folder's `checkpoint` names.
Result<std::string> indexMeant(const CheckpointFolder &folder, const std::string &name) {
  const Result<std::vector<std::string>> all = folder.namesEnding(indexEnding);
  if (!all) {
    return fail(all);
  }
  if (all->size() < 2 || name == folder.file()) {
    return name;
  }
  const Result<std::string> newest = newestIn(folder);
  if (!newest) {
    return fail(newest);
  }
  if (std::ranges::find(*all, *newest) == all->end()) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected one checkpoint of TensorFlow, or a file 'checkpoint' that says which is meant, found "
                    "{}; name one of them",
                    fmt::join(*all, ", ")),
        folder.path());
  }
  return *newest;
}

/// One data file with its tensors.
Result<TensorFile> readShard(MappedFile file, BundleIndex index, uint32_t shard, const std::string &where) {
  std::vector<std::span<const std::byte>> shards(index.shards);
  shards[shard] = file.bytes();
  Result<TensorSet> set = readBundle(index, shards, where);
  return set ? TensorFile(std::move(file), std::move(*set)) : Result<TensorFile>(fail(set));
}

} // namespace

Result<TensorFiles> readTensorFlow(const CheckpointFolder &folder, const std::string &name) {
  const Result<std::string> meant = indexMeant(folder, name);
  Result<MappedFile> file = meant ? mapIn(folder, *meant) : fail(meant);
  if (!file) {
    return fail(file);
  }
  const std::string where = file->name();
  Result<BundleIndex> index = readBundleIndex(file->bytes(), where);
  if (!index) {
    return fail(index);
  }
  std::vector<BundleIndex> parts(index->shards, {index->shards, index->bigEndian, {}});
  for (BundleTensor &tensor : index->tensors) {
    parts[tensor.shard].tensors.push_back(std::move(tensor));
  }
  const std::string prefix = meant->substr(0, meant->size() - indexEnding.size());
  std::vector<TensorFile> files;
  std::vector<std::string> names{*meant};
  files.emplace_back(std::move(*file), TensorSet()); // its hash counts, too
  for (uint32_t shard = 0; shard < parts.size(); ++shard) {
    names.push_back(fmt::format("{}.{}", prefix, bundleShardEnding(shard, index->shards)));
    Result<MappedFile> data = folder.map(names.back());
    Result<TensorFile> tensors = data ? readShard(std::move(*data), std::move(parts[shard]), shard, where) : fail(data);
    if (!tensors) {
      return fail(tensors);
    }
    files.push_back(std::move(*tensors));
  }
  return TensorFiles::of(std::move(files), std::move(names), where);
}

std::string bundleIndexOf(const std::string &file) {
  const size_t data = file.rfind(".data-");
  const size_t meta = file.ends_with(".meta") ? file.size() - 5 : std::string::npos;
  const size_t end = std::min(data, meta);
  return end == std::string::npos ? "" : file.substr(0, end) + std::string(indexEnding);
}

} // namespace clew
