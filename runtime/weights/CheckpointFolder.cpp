// Which folder a path means, and where links in it may lead.
#include "runtime/weights/CheckpointFolder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <vector>

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr int mostLinks = 40; ///< the kernel's own limit
constexpr size_t mostEntries = 100'000;

/// Files by which a folder is known as the weights' own: the first list says what the model is, the second only its text.
constexpr std::array modelFiles{"config.json", "model.safetensors.index.json", "pytorch_model.bin.index.json"};
constexpr std::array textFiles{"tokenizer.json", "tokenizer_config.json", "vocab.txt"};

fs::path folderOf(const fs::path &file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

template <size_t N> bool holdsAny(const fs::path &folder, const std::array<const char *, N> &names) {
  return std::ranges::any_of(names, [&](const char *name) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(folder / name, ignored));
  });
}

/// The file's own path and those that it leads to, link by link.
std::vector<fs::path> hopsOf(const fs::path &file) {
  std::vector<fs::path> hops{file};
  std::error_code error;
  while (hops.size() <= mostLinks && fs::is_symlink(fs::symlink_status(hops.back(), error))) {
    const fs::path target = fs::read_symlink(hops.back(), error);
    if (error) {
      break;
    }
    hops.push_back(folderOf(hops.back()) / target); // an absolute target replaces the rest
  }
  return hops;
}

/// Under which of its names a file lies in its checkpoint.
fs::path placeOf(const fs::path &file) {
  const std::vector<fs::path> hops = hopsOf(file);
  for (const fs::path &hop : hops) {
    if (holdsAny(folderOf(hop), modelFiles)) {
      return hop;
    }
  }
  for (const fs::path &hop : hops) {
    if (holdsAny(folderOf(hop), textFiles)) {
      return hop;
    }
  }
  return file;
}

/// The `models--*` folder of a Hugging Face cache that a snapshot (or a folder in one) belongs to; empty for other folders.
fs::path cacheRootOf(const fs::path &canonical) {
  for (fs::path at = canonical; at.has_relative_path(); at = at.parent_path()) {
    const fs::path above = at.parent_path();
    if (above.filename() == "snapshots" && above.parent_path().filename().string().starts_with("models--")) {
      return above.parent_path();
    }
  }
  return {};
}

bool isPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

std::string withoutSlashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

} // namespace

Result<CheckpointFolder> CheckpointFolder::open(const std::string &path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found && fs::is_regular_file(path + ".index", error)) {
    return open(path + ".index");
  }
  if (status.type() == fs::file_type::not_found) {
    const bool dangling = fs::is_symlink(fs::symlink_status(path, error));
    return fail(ErrorKind::NotFound,
                dangling ? "expected a weights file or a folder, found a symbolic link that leads nowhere"
                         : "expected a weights file or a folder, found nothing",
                path);
  }
  if (error) {
    return fail(ErrorKind::Io, fmt::format("cannot open: {}", error.message()), path);
  }
  CheckpointFolder checkpoint;
  if (fs::is_directory(status)) {
    checkpoint.folder = withoutSlashes(path);
  } else if (fs::is_regular_file(status)) {
    const fs::path place = placeOf(path);
    checkpoint.folder = folderOf(place).string();
    checkpoint.fileName = place.filename().string();
    checkpoint.filePath = path;
  } else {
    return fail(ErrorKind::BadInput, "expected a weights file or a folder, found a device, a FIFO or a socket", path);
  }
  checkpoint.root = checkpoint.folder;
  const fs::path canonical = fs::canonical(checkpoint.folder, error);
  if (const fs::path cache = error ? fs::path() : cacheRootOf(canonical); !cache.empty()) {
    checkpoint.root = cache.string();
    checkpoint.inner = canonical.lexically_relative(cache).string() + "/";
  }
  return checkpoint;
}

bool CheckpointFolder::has(const std::string &name) const {
  std::error_code ignored;
  return isPlainName(name) && fs::exists(fs::symlink_status(fs::path(folder) / name, ignored));
}

Result<std::vector<std::string>> CheckpointFolder::namesEnding(std::string_view ending) const {
  std::vector<std::string> names;
  std::error_code error;
  size_t entries = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (++entries > mostEntries) {
      return fail(ErrorKind::BadInput, fmt::format("expected a folder of at most {} entries, found more", mostEntries),
                  folder);
    }
    if (std::string name = entry->path().filename().string(); name.ends_with(ending)) {
      names.push_back(std::move(name));
    }
  }
  if (error) {
    return fail(ErrorKind::Io, fmt::format("cannot read: {}", error.message()), folder);
  }
  std::ranges::sort(names);
  return names;
}

Result<MappedFile> CheckpointFolder::map(const std::string &name) const {
  if (!isPlainName(name)) {
    return fail(ErrorKind::BadInput, fmt::format("expected the plain name of a file, found '{}'", name), folder);
  }
  Result<MappedFile> file = MappedFile::openInside(root, inner + name);
  if (!file) {
    file.error().where = pathOf(name);
    if (file.error().kind == ErrorKind::NotFound && has(name)) {
      return fail(ErrorKind::BadInput, "expected a file, found a symbolic link that leads nowhere", pathOf(name));
    }
  }
  return file;
}

Result<std::optional<std::string>> CheckpointFolder::readText(const std::string &name, size_t mostBytes) const {
  if (isPlainName(name) && !has(name)) {
    return std::optional<std::string>();
  }
  const Result<MappedFile> file = map(name);
  if (!file) {
    return fail(file);
  }
  if (file->size() > mostBytes) {
    return fail(ErrorKind::BadInput, fmt::format("expected at most {} bytes, found {}", mostBytes, file->size()),
                pathOf(name));
  }
  return std::optional(std::string(file->text()));
}

Result<MappedFile> CheckpointFolder::mapFile() const { return MappedFile::open(filePath); }

} // namespace clew
