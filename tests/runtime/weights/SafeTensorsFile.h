// Makes safetensors files byte by byte, including ones that the writer would never write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Length, header, data; `length` may lie.
inline std::string safeTensorsFile(std::string_view header, std::string_view data, uint64_t length) {
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  return file.append(header).append(data);
}

inline std::string safeTensorsFile(std::string_view header, std::string_view data = {}) {
  return safeTensorsFile(header, data, header.size());
}

inline std::span<const std::byte> bytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

} // namespace clew
