// Files from strangers: whatever the bytes are, the reader answers, in bounded time and memory.
#include "yaml/YamlDocument.h"
#include "zoo/ModelReader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace clew;

namespace {

std::string shipped(const char *name) {
  return *readSmallFile(std::string(CLEW_SOURCE_DIR "/zoo/models/") + name + ".yaml");
}

bool refused(const std::string &text, const std::string &words) {
  const auto errors = checkModelText(text, "f");
  for (const Error &error : errors) {
    if (error.message.find(words) != std::string::npos) {
      return true;
    }
  }
  if (!errors.empty()) {
    MESSAGE(errors.front().render());
  }
  return false;
}

std::string model(const std::string &blocks, const std::string &graph) {
  return "model: m\nsource: none\nsizes: {base: {}}\ninputs: [ids]\nblocks:\n" + blocks + "graph:\n" + graph +
         "outputs: {hidden: out}\n";
}

} // namespace

TEST_CASE("a file cut off anywhere gives errors or a model") {
  const std::string text = shipped("bilstm");
  size_t accepted = 0;
  for (size_t length = 0; length < text.size(); ++length) {
    accepted += checkModelText(std::string_view(text).substr(0, length), "f").empty() ? 1 : 0;
  }
  // Only an end inside the last lines, after a whole entry, can be right; most are not.
  CHECK(accepted < 40);
  const std::string large = shipped("bert");
  for (size_t length = 0; length < large.size(); length += 7) {
    (void)parseModel(std::string_view(large).substr(0, length), "f", "rbt3");
  }
}

TEST_CASE("random changes give errors or a model") {
  const std::string text = shipped("bilstm");
  const std::string interesting = "{}[]:,&*!|>'\"%@`#-?$.\n \t0123456789\xFF\x00\xC3";
  std::mt19937 random(7);
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  for (int round = 0; round < 2000; ++round) {
    std::string changed = text;
    for (size_t edits = 1 + below(4); edits > 0; --edits) {
      const size_t at = below(changed.size());
      switch (below(4)) {
      case 0:
        changed[at] = interesting[below(interesting.size())];
        break;
      case 1:
        changed.insert(at, 1, interesting[below(interesting.size())]);
        break;
      case 2:
        changed.erase(at, 1 + below(20));
        break;
      default:
        changed.insert(at, changed.substr(below(changed.size()), below(60)));
      }
    }
    (void)checkModelText(changed, "f");
  }
}

TEST_CASE("size, depth and growth are bounded") {
  CHECK(refused(std::string((1 << 20) + 1, ' '), "larger than 1 MiB"));
  CHECK(refused("model: " + std::string(60, '[') + std::string(60, ']'), "nested more than 48 deep"));
  CHECK(refused("model: " + std::string(500000, '['), ""));
  CHECK(refused("model: " + std::string(500000, '{'), ""));
  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    deep += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  }
  CHECK(refused(deep, ""));
  CHECK(refused("", "empty"));
  CHECK(refused(std::string("model: a\0b", 10), "control characters"));
  CHECK(refused("\xFF\xFEm\0o\0", "UTF-8"));
  CHECK(refused("model: \xED\xA0\x80", "UTF-8"));
  CHECK(refused("model: \xC0\xAF", "UTF-8"));
}

TEST_CASE("blocks that double each other meet the bound of nodes") {
  std::string blocks = "  b0: {takes: [x], steps: [{y: {op: tanh, x: x}}], gives: y}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string below = "b" + std::to_string(i - 1);
    blocks += "  b" + std::to_string(i) + ": {takes: [x], steps: [{y: {block: " + below +
              ", x: x}}, {z: {block: " + below + ", x: y}}], gives: z}\n";
  }
  const std::string words = "  - words: {op: embedding, ids: ids, count: 1, width: 1}\n";
  CHECK(refused(model(blocks, words + "  - out: {block: b29, x: words}\n"), "more than 100000 nodes"));

  std::string repeats = "  b0: {takes: [x], steps: [{y: {op: tanh, x: x}}], gives: y}\n";
  for (int i = 1; i < 6; ++i) {
    repeats += "  b" + std::to_string(i) + ": {takes: [x], steps: [{y: {block: b" + std::to_string(i - 1) +
               ", x: x, repeat: 1024}}], gives: y}\n";
  }
  CHECK(refused(model(repeats, words + "  - out: {block: b5, x: words}\n"), "more than 100000 nodes"));
}

TEST_CASE("long chains of blocks and long paths are bounded") {
  auto chain = [](int count, size_t letters) {
    std::string blocks = "  b0: {takes: [x], steps: [{y: {op: tanh, x: x}}], gives: y}\n";
    for (int i = 1; i < count; ++i) {
      const std::string step(letters, 'y');
      blocks += "  b" + std::to_string(i) + ": {takes: [x], steps: [{" + step + ": {block: b" + std::to_string(i - 1) +
                ", x: x}}], gives: " + step + "}\n";
    }
    return model(blocks, "  - words: {op: embedding, ids: ids, count: 1, width: 1}\n  - out: {block: b" +
                             std::to_string(count - 1) + ", x: words}\n");
  };
  CHECK(checkModelText(chain(20, 5), "f").empty());
  CHECK(refused(chain(200, 5), "blocks are nested more than 32 deep"));
  CHECK(refused(chain(20, 64), "a path is longer than 256 letters"));
  CHECK(refused(chain(5000, 5), "more than 256 blocks"));
}

TEST_CASE("sizes, outputs and sums are bounded") {
  const std::string steps = "  - words: {op: embedding, ids: ids, count: 1, width: 1}\n";
  const std::string block = "  b: {takes: [x], steps: [{y: {op: tanh, x: x}}], gives: y}\n";
  std::string text = model(block, steps + "  - out: {block: b, x: words, repeat: 1000}\n");
  std::string family;
  for (int i = 0; i < 2000; ++i) {
    family += "out.*, ";
  }
  CHECK(checkModelText(text, "f").empty());
  CHECK(refused(text + "checkpoint: {c: {names: {words: [a, b, c, d, e, f, g, h, i]}}}",
                "expected 1 to 8 tensors in a sum"));
  text.replace(text.find("{hidden: out}"), 13, "{hidden: out, hidden.*: [" + family + "]}");
  CHECK(refused(text, "more than 4096 outputs"));
  std::string sizes;
  for (int i = 0; i < 65; ++i) {
    sizes += "s" + std::to_string(i) + ": {}, ";
  }
  text.replace(text.find("base: {}"), 8, sizes);
  CHECK(refused(text, "more than 64 sizes"));
}

TEST_CASE("what is no file is said") {
  CHECK(readModel("/nowhere/x.yaml").error().kind == ErrorKind::NotFound);
  CHECK(readModel("/").error().message == "expected a file");
  CHECK(readModel("/dev/zero").error().message == "expected a file");
}
