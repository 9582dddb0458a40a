// Paddle's programs, and the file of all parameters that they name.
#include "runtime/weights/PaddleFile.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/weights/SortedTableFile.h"

#include <algorithm>

namespace clew::fuzz {
namespace {

/// The bytes are a program, and the parameters that it names behind it; a byte between says where.
void run(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  const auto cut = std::min<size_t>(static_cast<unsigned char>(bytes[0]), bytes.size() - 1);
  const std::span<const std::byte> program = asBytes(bytes.substr(1, cut));
  const std::span<const std::byte> file = asBytes(bytes.substr(1 + cut));
  const Result<std::vector<PaddleVariable>> variables = readPaddleProgram(program, "f");
  if (!variables) {
    expectRefusal(variables.error(), "f");
    return;
  }
  const Result<TensorSet> set = readPaddleTensors(file, *variables, "f");
  if (set) {
    expectSound(*set, std::span(&file, 1));
    expect(set->tensors.size() == variables->size(), "that each parameter is read");
  } else {
    expectRefusal(set.error(), "f");
  }
}

std::vector<std::string> seeds() {
  const std::string description = wireNumber(1, 5) + wireNumber(2, 2) + wireNumber(2, 3);
  const std::string type = wireNumber(1, 7) + wireBytes(3, wireBytes(1, description));
  const std::string program = wireBytes(1, wireBytes(3, wireBytes(1, "w") + wireBytes(2, type) + wireNumber(3, 1)));
  return {std::string(1, static_cast<char>(program.size())) + program + std::string(16, '\0') +
          littleEndian(static_cast<uint32_t>(description.size())) + description + std::string(24, 'x')};
}

const Harness harness("paddle_program", run, seeds);

} // namespace
} // namespace clew::fuzz
