// Makes the parts of PyTorch's checkpoints, including ones that PyTorch would never write.
#pragma once

#include "tests/runtime/weights/ZipFile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

/// Builds the pickle of a state dict, opcode by opcode.
struct TorchPickle {
  std::string type = "FloatStorage";
  std::string key = "0";
  int64_t elements = 6;
  int64_t offset = 0;
  std::vector<int64_t> shape = {2, 3};
  std::vector<int64_t> strides = {3, 1};
  std::string function = "_rebuild_tensor_v2";
  std::string more = "\x89}"; ///< requires_grad and hooks
  std::string view;           ///< what older files say of the storage beyond its size

  static std::string text(const std::string &value) {
    return "X" + littleEndian(static_cast<uint32_t>(value.size())) + value;
  }
  static std::string number(int64_t value) { return "\x8a\x08" + littleEndian(value); }
  static std::string tuple(const std::vector<int64_t> &values) {
    std::string all = "(";
    for (int64_t value : values) {
      all += number(value);
    }
    return all + "t";
  }

  std::string storage() const {
    return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text("cpu") + number(elements) + view + "tQ";
  }
  std::string tensor() const {
    return "ctorch._utils\n" + function + "\n(" + storage() + number(offset) + tuple(shape) + tuple(strides) + more +
           "tR";
  }
  std::string dict() const { return entries(text("w") + tensor()); }
  static std::string entries(const std::string &body) { return "\x80\x02}(" + body + "u."; }
};

inline std::string floats(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes += littleEndian(static_cast<float>(i));
  }
  return bytes;
}

inline ZipPart part(std::string name, std::string data) {
  ZipPart made;
  made.name = std::move(name);
  made.data = std::move(data);
  return made;
}

} // namespace clew
