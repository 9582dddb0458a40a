// Makes dictionaries of pickled arrays, including ones that NumPy would never write.
#pragma once

#include "tests/runtime/weights/TorchPickle.h"

namespace clew {

/// One array "w" in a pickle of protocol 3, opcode by opcode.
struct PickledArray {
  std::string maker = "cnumpy.core.multiarray\n_reconstruct\n";
  std::string arrayClass = "cnumpy\nndarray\n";
  std::vector<int64_t> shape = {2, 3};
  std::string type = "f4";
  std::string order = "<";
  std::string fields = "NNN";
  int64_t typeVersion = 3;
  int64_t version = 1;
  std::string fortran = "\x89";
  std::string data = bytes(floats(6));
  std::string behind = {}; ///< behind the array

  static std::string bytes(const std::string &value) {
    return "B" + littleEndian(static_cast<uint32_t>(value.size())) + value;
  }
  std::string dtype() const {
    return "cnumpy\ndtype\n" + TorchPickle::text(type) + "K" + std::string(1, '\0') + "K\x01\x87R(" +
           TorchPickle::number(typeVersion) + TorchPickle::text(order) + fields + TorchPickle::number(-1) +
           TorchPickle::number(-1) + TorchPickle::number(0) + "tb";
  }
  std::string entry() const {
    return TorchPickle::text("w") + maker + arrayClass + TorchPickle::tuple({0}) + bytes("b") + "\x87R(" +
           TorchPickle::number(version) + TorchPickle::tuple(shape) + dtype() + fortran + data + "tb" + behind;
  }
  std::string file() const { return "\x80\x03}(" + entry() + "u."; }
};

} // namespace clew
