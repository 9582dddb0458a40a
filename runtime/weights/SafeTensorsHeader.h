// The header of a safetensors file: what the file claims, believed only after every claim was checked against the file.
// Checkpoints come from strangers, so this is the place that takes nothing on trust.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorFile.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

struct SafeTensorsHeader {
  std::vector<TensorView> tensors; ///< sorted by name; views into the file's bytes
  SafeTensorsMetadata metadata;
};

/// Limits that the format or good sense sets; a file beyond them is refused.
constexpr uint64_t maxSafeTensorsHeader = 100'000'000; ///< bytes, as in the reference implementation
constexpr size_t maxSafeTensors = 1'000'000;           ///< tensors in one file
constexpr size_t maxSafeTensorsRank = 64;              ///< extents of one tensor

/// Parses the bytes of a whole file: u64 little-endian header length, JSON header, data. Accepts what the format
/// (github.com/huggingface/safetensors, "Format") allows and nothing else: the header begins with '{', is at most
/// 100,000,000 bytes of valid UTF-8 JSON without duplicate or unknown keys, and the tensors cover the data exactly,
/// without holes, overlaps or trailing bytes. Everything else is BadInput at `where`, saying what was expected and
/// found. The views borrow from `file`. Never reads outside of `file`, whatever it holds.
Result<SafeTensorsHeader> parseSafeTensorsHeader(std::span<const std::byte> file, const std::string &where);

} // namespace clew
