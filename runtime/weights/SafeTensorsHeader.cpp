// Checks the frame around the header and, once its JSON is read, the offsets against the data as a whole.
#include "runtime/weights/SafeTensorsHeader.h"

#include "runtime/weights/SafeTensorsJson.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

/// Bytes of a tensor, or nothing on overflow.
std::optional<int64_t> sizeOf(const SafeTensorsEntry &entry) {
  auto size = static_cast<int64_t>(bytesOf(*entry.type));
  bool overflow = false;
  for (int64_t extent : *entry.shape) {
    overflow |= __builtin_mul_overflow(size, extent, &size);
  }
  return overflow ? std::nullopt : std::optional(size);
}

/// Each tensor's own offsets. Returns what is wrong, or "".
std::string checkEntry(const SafeTensorsEntry &entry, int64_t dataSize) {
  int64_t begin = (*entry.offsets)[0];
  int64_t end = (*entry.offsets)[1];
  if (begin > end || end > dataSize) {
    return fmt::format("tensor {}: expected data_offsets in order and within the {} bytes of data, found [{}, {}]",
                       quoteName(entry.name), dataSize, begin, end);
  }
  std::optional<int64_t> size = sizeOf(entry);
  if (!size || *size != end - begin) {
    return fmt::format("tensor {}: expected {} bytes for {} {}, found {}", quoteName(entry.name),
                       size ? std::to_string(*size) : "an impossible number of", nameOf(*entry.type),
                       renderShape(*entry.shape), end - begin);
  }
  return {};
}

/// The tensors must follow one another and end with the file. Sorts `entries` by offset. Returns what is wrong, or "".
std::string checkCover(std::vector<SafeTensorsEntry> &entries, int64_t dataSize) {
  std::ranges::sort(entries, {},
                    [](const SafeTensorsEntry &entry) -> const std::vector<int64_t> & { return *entry.offsets; });
  int64_t covered = 0;
  for (const SafeTensorsEntry &entry : entries) {
    int64_t begin = (*entry.offsets)[0];
    if (begin != covered) {
      return fmt::format("tensor {}: expected its data at offset {}, where the one before ends, found {} ({})",
                         quoteName(entry.name), covered, begin, begin < covered ? "overlap" : "hole");
    }
    covered = (*entry.offsets)[1];
  }
  if (covered != dataSize) {
    return fmt::format("expected the file to end after {} bytes of data, found {} more", covered, dataSize - covered);
  }
  return {};
}

/// Finds the header text, or says what is wrong with the frame around it.
Result<std::string_view> headerText(std::span<const std::byte> file, const std::string &where) {
  uint64_t length = 0;
  if (file.size() < sizeof(length)) {
    return fail(ErrorKind::BadInput, fmt::format("expected a safetensors file, found only {} bytes", file.size()),
                where);
  }
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > maxSafeTensorsHeader) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a header of at most {} bytes, found {}", maxSafeTensorsHeader, length), where);
  }
  if (length > file.size() - sizeof(length)) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected a header of {} bytes, the file has only {} more", length, file.size() - sizeof(length)),
        where);
  }
  std::string_view text(reinterpret_cast<const char *>(file.data()) + sizeof(length), length);
  if (!text.starts_with('{')) {
    return fail(ErrorKind::BadInput, "expected a header that begins with '{'", where);
  }
  // The JSON library takes a zero byte for the end of its input and would hide what follows.
  if (size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return fail(ErrorKind::BadInput, fmt::format("expected JSON, found a zero byte at byte {} of the header", zero),
                where);
  }
  return text;
}

} // namespace

Result<SafeTensorsHeader> parseSafeTensorsHeader(std::span<const std::byte> file, const std::string &where) {
  Result<std::string_view> text = headerText(file, where);
  if (!text) {
    return fail(text);
  }
  Result<SafeTensorsEntries> read = readSafeTensorsJson(*text, where);
  if (!read) {
    return fail(read);
  }
  std::vector<SafeTensorsEntry> &entries = read->entries;
  std::span<const std::byte> data = file.subspan(sizeof(uint64_t) + text->size());
  auto dataSize = static_cast<int64_t>(data.size());
  std::string problem;
  for (size_t i = 0; i < entries.size() && problem.empty(); ++i) {
    problem = checkEntry(entries[i], dataSize);
  }
  if (problem.empty()) {
    problem = checkCover(entries, dataSize);
  }
  if (!problem.empty()) {
    return fail(ErrorKind::BadInput, problem, where);
  }
  SafeTensorsHeader header;
  header.metadata = std::move(read->metadata);
  header.tensors.reserve(entries.size());
  for (SafeTensorsEntry &entry : entries) {
    auto begin = static_cast<size_t>((*entry.offsets)[0]);
    auto end = static_cast<size_t>((*entry.offsets)[1]);
    header.tensors.push_back(
        {std::move(entry.name), *entry.type, std::move(*entry.shape), data.subspan(begin, end - begin)});
  }
  std::ranges::sort(header.tensors, {}, &TensorView::name);
  return header;
}

} // namespace clew
