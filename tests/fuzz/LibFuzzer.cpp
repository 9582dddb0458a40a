// The entry that libFuzzer calls, for a program with one harness. See llvm.org/docs/LibFuzzer.html.
#include "tests/fuzz/Harness.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  clew::fuzz::Harness::all().front()->run({reinterpret_cast<const char *>(data), size});
  return 0;
}
