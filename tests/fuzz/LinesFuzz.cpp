// Lines of a file.
#include "runtime/base/LineReader.h"
#include "tests/fuzz/Harness.h"

namespace clew::fuzz {
namespace {

void run(std::string_view bytes) {
  const std::string &path = fileOf(bytes);
  Result<LineReader> reader = LineReader::open(path);
  expect(reader.has_value(), "a file that opens");
  std::string whole;
  std::string line;
  int count = 0;
  Result<bool> more = reader->next(line);
  for (; more && *more; more = reader->next(line)) {
    expect(line.find('\n') == std::string::npos && reader->number() == ++count, "one line at a time");
    whole += line + "\n";
  }
  expect(more.has_value(), "an end", more ? "" : more.error().render());
  if (!bytes.empty() && bytes.back() != '\n') {
    whole.pop_back();
  }
  expect(whole == bytes, "all that is in the file");
}

std::vector<std::string> seeds() {
  return {"a\nb\r\n\n\nc", "\n", "", std::string(70000, 'x') + "\n" + std::string(70000, 'y'),
          std::string("\0\n\0", 3)};
}

const Harness harness("lines", run, seeds);

} // namespace
} // namespace clew::fuzz
