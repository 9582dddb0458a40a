// HDF5 files.
#include "runtime/weights/Hdf5File.h"
#include "tests/fuzz/Tensors.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::span<const std::byte> file = asBytes(bytes);
  if (const Result<TensorSet> set = readHdf5(file, "f.h5"); set) {
    expectSound(*set, std::span(&file, 1));
  } else {
    expectRefusal(set.error(), "f.h5");
  }
}

std::vector<std::string> seeds() { return sourceFiles("tests/runtime/weights/hdf5", ".h5"); }

const Harness harness("hdf5", run, seeds);

} // namespace
} // namespace clew::fuzz
