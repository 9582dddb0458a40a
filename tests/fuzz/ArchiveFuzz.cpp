// Zip archives of data sets.
#include "suites/data/Archive.h"
#include "tests/fuzz/Harness.h"
#include "tests/runtime/weights/ZipFile.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  constexpr int64_t kMost = 1 << 16;
  const std::string &path = fileOf(bytes);
  int64_t taken = 0;
  const Result<void> read = readMember(path, "dev.json", kMost, [&](std::span<const std::byte> piece) -> Result<void> {
    taken += static_cast<int64_t>(piece.size());
    return {};
  });
  expect(taken <= kMost, "no more than was asked for");
  if (!read) {
    expectRefusal(read.error(), path);
  }
}

ZipPart stored(const std::string &name, const std::string &data) {
  ZipPart part;
  part.name = name;
  part.data = data;
  part.crc =
      static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef *>(data.data()), static_cast<uInt>(data.size())));
  return part;
}

std::vector<std::string> seeds() {
  return {zipFile({stored("dev.json", "{}\n"), deflatedPart("x/train.json", std::string(300, 'a'))}),
          zipFile({deflatedPart("x/dev.json", std::string(300, 'a')), stored("__MACOSX/x/dev.json", "?")}),
          zipFile({deflatedPart("dev.json", std::string(100000, 'a'))}, {.comment = "hello"})};
}

const Harness harness("archive", run, seeds);

} // namespace
} // namespace clew::fuzz
