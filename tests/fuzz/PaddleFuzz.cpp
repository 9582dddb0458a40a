// Paddle's parameters.
#include "runtime/weights/PaddleFile.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/SortedTableFile.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::span<const std::byte> file = asBytes(bytes);
  const Result<TensorSet> set = readPaddleTensor(file, "w", "f");
  if (set) {
    expectSound(*set, std::span(&file, 1));
    expect(looksLikePaddle(file), "that what is read looks right");
  } else {
    expectRefusal(set.error(), "f");
  }
}

std::vector<std::string> seeds() {
  const std::string description = wireNumber(1, 5) + wireNumber(2, 2) + wireNumber(2, 3);
  return {std::string(16, '\0') + littleEndian(static_cast<uint32_t>(description.size())) + description +
          std::string(24, 'x')};
}

const Harness harness("paddle", run, seeds);

} // namespace
} // namespace clew::fuzz
