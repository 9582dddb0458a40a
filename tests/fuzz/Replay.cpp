// Runs harnesses on their seeds and on the files of tests/fuzz/corpus, without libFuzzer: what was found once is found again.
//
//   fuzz_corpus HARNESS              runs it on all of these
//   fuzz_corpus HARNESS FILE...      on these files alone
//   fuzz_corpus HARNESS --write DIR  writes all of these to DIR, for libFuzzer to begin with
//   fuzz_corpus                      lists the harnesses
#include "tests/fuzz/Harness.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace fs = std::filesystem;
using clew::fuzz::Harness;

namespace {

struct Input {
  std::string name;
  std::string bytes;
};

std::string contents(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Input> inputsOf(const Harness &harness) {
  std::vector<Input> inputs;
  for (std::string &seed : harness.seeds()) {
    inputs.push_back({"seed-" + std::to_string(inputs.size()), std::move(seed)});
  }
  const fs::path folder = fs::path(CLEW_SOURCE_DIR) / "tests/fuzz/corpus" / harness.name;
  if (fs::exists(folder)) {
    for (const auto &entry : fs::directory_iterator(folder)) {
      inputs.push_back({entry.path().filename().string(), contents(entry.path())});
    }
  }
  return inputs;
}

/// In a block of the exact size, so that the address sanitizer sees a read beyond the end.
void run(const Harness &harness, const std::string &bytes) {
  const auto block = std::make_unique<char[]>(bytes.size());
  std::ranges::copy(bytes, block.get());
  harness.run({block.get(), bytes.size()});
}

} // namespace

int main(int count, char **arguments) {
  const auto harnesses = Harness::all();
  if (count < 2) {
    for (const Harness *harness : harnesses) {
      std::puts(harness->name);
    }
    return 0;
  }
  const auto found = std::ranges::find(harnesses, std::string(arguments[1]), &Harness::name);
  if (found == harnesses.end()) {
    std::fprintf(stderr, "no harness %s\n", arguments[1]);
    return 2;
  }
  const Harness &harness = **found;
  std::vector<Input> inputs =
      count == 2 || std::string(arguments[2]) == "--write" ? inputsOf(harness) : std::vector<Input>();
  if (count == 4 && std::string(arguments[2]) == "--write") {
    fs::create_directories(arguments[3]);
    for (const Input &input : inputs) {
      std::ofstream(fs::path(arguments[3]) / input.name, std::ios::binary) << input.bytes;
    }
    return 0;
  }
  for (int i = 2; i < count; ++i) {
    inputs.push_back({arguments[i], contents(arguments[i])});
  }
  for (const Input &input : inputs) {
    std::fprintf(stderr, "%s: %s\n", harness.name, input.name.c_str()); // the last line names what ended the process
    run(harness, input.bytes);
  }
  std::printf("%s: %zu inputs\n", harness.name, inputs.size());
  return inputs.empty() ? 1 : 0;
}
