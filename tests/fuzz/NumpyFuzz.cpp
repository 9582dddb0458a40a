// NumPy's arrays, archives of them, and pickles of them.
#include "runtime/weights/NumpyFile.h"
#include "runtime/weights/NumpyPickle.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/NumpyPickleFile.h"
#include "tests/runtime/weights/ZipFile.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::span<const std::byte> file = asBytes(bytes);
  const bool pickle = bytes.starts_with('\x80');
  const Result<TensorSet> set = pickle               ? readNumpyPickle(file, "f.npkl")
                                : looksLikeNpy(file) ? readNpy(file, "x", "f.npy")
                                                     : readNpz(file, "f.npz");
  if (set) {
    expectSound(*set, std::span(&file, 1));
  } else {
    expectRefusal(set.error(), "f.np");
  }
}

std::string npy(const std::string &header, const std::string &data) {
  return std::string("\x93NUMPY\1\0", 8) + littleEndian(static_cast<uint16_t>(header.size())) + header + data;
}

std::vector<std::string> seeds() {
  std::vector<std::string> all = sourceFiles("tests/runtime/weights/numpy", ".npy");
  for (std::string &archive : sourceFiles("tests/runtime/weights/numpy", ".npz")) {
    all.push_back(std::move(archive));
  }
  all.push_back(PickledArray().file());
  all.push_back(PickledArray{.order = ">", .fortran = "\x88"}.file());
  const std::string data(24, '\1');
  all.push_back(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", data));
  all.push_back(npy("{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4), }\n", data));
  all.push_back(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (24,), }\n", data));
  all.push_back(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", std::string(8, '\1')));
  return all;
}

const Harness harness("numpy", run, seeds);

} // namespace
} // namespace clew::fuzz
