// CheckpointWriter: tensors into a file of one of the formats that we write, one tensor at a time.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/Result.h"
#include "runtime/weights/SafeTensors.h"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Takes bytes, in any pieces.
using TensorSink = FunctionRef<Result<void>(std::span<const std::byte>)>;

/// A tensor that is going to be written, wherever its numbers come from.
struct TensorSource {
  TensorLayout layout;
  /// Hands over the bytes, little endian and row-major, as many as the layout says; may be called again, and gives the same then.
  std::function<Result<void>(TensorSink)> produce;
};

/// Formats that are written.
enum class WrittenFormat : uint8_t { SafeTensors, Npz, Torch };
inline constexpr std::array kWrittenFormats{WrittenFormat::SafeTensors, WrittenFormat::Npz, WrittenFormat::Torch};

/// "safetensors", "npz", "pytorch".
std::string_view nameOf(WrittenFormat format);

/// The format of a file of this name: .safetensors, .npz, .bin, .pt or .pth.
std::optional<WrittenFormat> writtenFormatOf(std::string_view file);

/// Writes the whole file or nothing. Only safetensors files have metadata; the others leave it out. BadInput if the format has no such
/// type (NumPy: bfloat16, PyTorch: unsigned integers wider than 8 bits; 8-bit floats in neither) or name; Io if it cannot be written;
/// Internal if a source gives another number of bytes than its layout says.
Result<void> writeCheckpoint(const std::string &path, WrittenFormat format, std::span<const TensorSource> tensors,
                             const SafeTensorsMetadata &metadata = {});

/// The writers behind it.
Result<void> writeNpz(const std::string &path, std::span<const TensorSource> tensors);
Result<void> writeTorch(const std::string &path, std::span<const TensorSource> tensors);

/// Bytes of a tensor of this layout. Internal if they overflow.
Result<uint64_t> bytesOf(const TensorLayout &layout);

} // namespace clew
