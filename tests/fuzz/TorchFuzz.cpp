// PyTorch's checkpoints, of both forms, and the pickles inside them.
#include "runtime/weights/TorchFile.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/TorchPickle.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::span<const std::byte> file = asBytes(bytes);
  if (const Result<TensorSet> set = readTorchFile(file, "f.pt"); set) {
    expectSound(*set, std::span(&file, 1));
  } else {
    expectRefusal(set.error(), "f.pt");
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> all = sourceFiles("tests/runtime/weights/torch", ".pt");
  all.push_back(zipFile({part("m/data.pkl", TorchPickle().dict()), part("m/data/0", floats(6))}));
  all.push_back(zipFile({deflatedPart("m/data.pkl", TorchPickle().dict()), deflatedPart("m/data/0", floats(6))}));
  return all;
}

const Harness harness("torch", run, seeds);

} // namespace
} // namespace clew::fuzz
