// Frozen graphs of TensorFlow: constants of floats are read, what only computes is passed over, and messages that lie are refused.
#include "runtime/weights/FrozenGraph.h"

#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/SortedTableFile.h"

#include <cstring>

using namespace clew;

namespace {

std::string shapeOf(const std::vector<uint64_t> &extents) {
  std::string message;
  for (const uint64_t extent : extents) {
    message += wireBytes(2, wireNumber(1, extent));
  }
  return message;
}

std::string floats(const std::vector<float> &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float)};
}

/// A TensorProto: type, shape, and whatever holds the numbers.
std::string tensor(uint64_t type, const std::vector<uint64_t> &extents, const std::string &numbers) {
  return wireNumber(1, type) + wireBytes(2, shapeOf(extents)) + numbers;
}

std::string node(const std::string &name, const std::string &op, const std::string &value) {
  const std::string attribute = wireBytes(1, "value") + wireBytes(2, wireBytes(8, value));
  const std::string type = wireBytes(1, "dtype") + wireBytes(2, wireNumber(6, 1));
  return wireBytes(1, wireBytes(1, name) + wireBytes(2, op) + wireBytes(5, type) + wireBytes(5, attribute));
}

std::string constant(const std::string &name, const std::string &value) { return node(name, "Const", value); }

const std::string good = tensor(1, {2, 3}, wireBytes(4, floats({1, 2, 3, 4, 5, 6})));

Result<TensorSet> readSet(std::span<const std::byte> bytes) { return readFrozenGraph(bytes, "graph.pb"); }

std::string refusal(const std::string &file) {
  const std::vector<std::byte> bytes = exactBytes(file);
  const Result<TensorSet> set = readSet(bytes);
  return set ? "" : set.error().message;
}

std::vector<float> valuesOf(const TensorView &view) {
  std::vector<float> values(static_cast<size_t>(view.elements()));
  REQUIRE(readF32(view, values).has_value());
  return values;
}

} // namespace

TEST_CASE("constants of floats are tensors; numbers in bytes, in lists and repeated") {
  const uint32_t seven = 0x40e00000;
  const std::string graph = constant("b/kernel", good) + node("b/read", "Identity", good) +
                            constant("axis", tensor(3, {}, wireNumber(7, 1))) +
                            constant("shape", tensor(3, {2}, wireBytes(7, varint(1) + varint(2)))) +
                            constant("rate", tensor(1, {}, "")) +
                            constant("packed", tensor(1, {2}, wireBytes(5, floats({8, 9})))) +
                            constant("splat", tensor(1, {2, 2}, varint(5 << 3 | 5) + littleEndian(seven))) +
                            constant("half", tensor(19, {2}, wireBytes(13, varint(0x3c00) + varint(0x4000)))) +
                            constant("brain", tensor(14, {1}, wireNumber(13, 0x3f80))) +
                            constant("none", tensor(1, {0, 4}, "")) + wireBytes(4, wireNumber(1, 27));
  const std::vector<std::byte> bytes = exactBytes(graph);
  const Result<TensorSet> set = readSet(bytes);
  REQUIRE_MESSAGE(set, set.error().message);
  CHECK(isSound(*set, bytes));
  REQUIRE(set->tensors.size() == 6);
  CHECK(set->tensors[0].name == "b/kernel");
  CHECK(set->tensors[0].shape == std::vector<int64_t>{2, 3});
  CHECK(valuesOf(set->tensors[0]) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(valuesOf(set->tensors[1]) == std::vector<float>{1});
  CHECK(valuesOf(set->tensors[2]) == std::vector<float>{1, 2});
  CHECK(set->tensors[3].name == "none");
  CHECK(valuesOf(set->tensors[4]) == std::vector<float>{8, 9});
  CHECK(valuesOf(set->tensors[5]) == std::vector<float>{7, 7, 7, 7});
}

TEST_CASE("graphs that lie are refused") {
  const auto with = [](const std::string &value) { return refusal(constant("w", value)); };
  CHECK(refusal("").find("found none") != std::string::npos);
  CHECK(refusal(wireNumber(1, 1) + wireBytes(2, "x")).find("SavedModel") != std::string::npos);
  CHECK(refusal("PK\x03\x04").find("expected a frozen graph") != std::string::npos);
  CHECK(refusal(wireBytes(1, "\xff")).find("expected a node of a graph") != std::string::npos);
  CHECK(with(tensor(1, {2, 3}, wireBytes(4, floats({1})))).find("expected 24 bytes for F32 [2, 3], found 4") !=
        std::string::npos);
  CHECK(with(tensor(1, {2}, wireBytes(5, floats({1, 2, 3})))).find("expected 1 to 2 numbers, found 3") !=
        std::string::npos);
  CHECK(with(tensor(1, {2}, "")).find("expected 1 to 2 numbers, found 0") != std::string::npos);
  CHECK(with(tensor(1, {2}, wireBytes(5, "abc"))).find("expected a list of numbers") != std::string::npos);
  CHECK(with(good + wireBytes(2, shapeOf({1}))).find("expected one shape") != std::string::npos);
  CHECK(with(wireBytes(2, "\xff")).find("expected one shape") != std::string::npos);
  CHECK(with(tensor(1, {1ULL << 40, 1ULL << 40}, wireNumber(5, 1))).find("possible size") != std::string::npos);
  CHECK(with(tensor(1, {1ULL << 40}, wireNumber(5, 1))).find("expected to make at most 8 bytes") != std::string::npos);
  CHECK(with(tensor(1, {~uint64_t{0}}, wireNumber(5, 1))).find("possible size") != std::string::npos);
  CHECK(refusal(constant("w", good) + constant("w", good)).find("\"w\"") != std::string::npos);
  CHECK(refusal(constant(std::string(mostGraphName + 1, 'n'), good)).find("names of 1 to 1024 bytes") !=
        std::string::npos);
  CHECK(refusal(constant("", good)).find("names of 1 to 1024 bytes") != std::string::npos);
}

TEST_CASE("graphs cut anywhere or damaged do no harm") {
  const std::string graph =
      constant("w", good) + constant("s", tensor(1, {4, 4}, varint(5 << 3 | 5) + littleEndian(uint32_t{0})));
  for (size_t length = 0; length < constant("w", good).size(); ++length) {
    CHECK_FALSE(refusal(graph.substr(0, length)).empty());
  }
  bearDamage(graph, 0, graph.size(), 20000, readSet);
}
