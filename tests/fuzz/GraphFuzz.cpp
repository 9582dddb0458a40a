// Frozen graphs of TensorFlow.
#include "runtime/weights/FrozenGraph.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/SortedTableFile.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::span<const std::byte> file = asBytes(bytes);
  if (const Result<TensorSet> set = readFrozenGraph(file, "f.pb"); set) {
    expectSound(*set, std::span(&file, 1));
  } else {
    expectRefusal(set.error(), "f.pb");
  }
}

std::string constant(uint64_t type, const std::string &numbers) {
  const std::string shape = wireBytes(2, wireNumber(1, 2)) + wireBytes(2, wireNumber(1, 3));
  const std::string tensor = wireNumber(1, type) + wireBytes(2, shape) + numbers;
  const std::string value = wireBytes(1, "value") + wireBytes(2, wireBytes(8, tensor));
  return wireBytes(1, wireBytes(1, "w") + wireBytes(2, "Const") + wireBytes(5, value));
}

std::vector<std::string> seeds() {
  return {constant(1, wireBytes(4, std::string(24, 'x'))), constant(1, wireBytes(5, std::string(8, 'x'))),
          constant(2, wireBytes(6, std::string(16, 'x'))),
          constant(19, wireBytes(13, varint(0x3c00) + varint(0x4000)))};
}

const Harness harness("graph", run, seeds);

} // namespace
} // namespace clew::fuzz
