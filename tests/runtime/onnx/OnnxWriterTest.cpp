// ONNX files, read again field by field: numbers of fields, lengths of messages whose bytes come from elsewhere, and weights beside the file.
#include "runtime/onnx/OnnxWriter.h"
#include "runtime/base/WireReader.h"
#include "runtime/base/WireWriter.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

using namespace clew;
namespace fs = std::filesystem;

namespace {

std::string contentOf(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// The fields of a message, by number in their order.
std::multimap<uint32_t, WireField> fieldsOf(std::span<const std::byte> bytes) {
  std::multimap<uint32_t, WireField> fields;
  WireReader reader(bytes);
  WireField field;
  while (!reader.empty()) {
    REQUIRE(reader.field(field));
    fields.emplace(field.number, field);
  }
  return fields;
}

std::vector<WireField> all(const std::multimap<uint32_t, WireField> &fields, uint32_t number) {
  std::vector<WireField> found;
  for (auto [at, end] = fields.equal_range(number); at != end; ++at) {
    found.push_back(at->second);
  }
  return found;
}

std::span<const std::byte> message(const std::multimap<uint32_t, WireField> &fields, uint32_t number) {
  const std::vector<WireField> found = all(fields, number);
  REQUIRE(found.size() == 1);
  return found.front().bytes;
}

/// y = x + w, with a weight of six numbers that come in two pieces.
onnx::Model sum() {
  onnx::Model model;
  model.producer = "clew";
  model.metadata = {{"clew.model", "sum"}};
  model.graph.name = "sum";
  model.graph.nodes.push_back({"Add", "Add", {"x", "w"}, {"y"}, {{"axis", int64_t{-1}}, {"factor", 0.5F}}});
  model.graph.inputs.push_back({"x", onnx::DataType::Float, {std::string("batch"), int64_t{3}}});
  model.graph.outputs.push_back({"y", onnx::DataType::Float, {}, false});
  return model;
}

const float numbers[6] = {1, 2, 3, 4, 5, 6};

onnx::Weight weight(const std::string &name, size_t given = 6) {
  return {name, {2, 3}, [given](onnx::NumberSink sink) {
            const std::span<const float> span(numbers);
            Result<void> first = sink(span.first(2));
            return first ? sink(span.subspan(2, given - 2)) : first;
          }};
}

struct Written {
  TemporaryFolder folder;
  std::string path = folder.path + "/m.onnx";
  std::string bytes;

  Result<onnx::WrittenModel> write(std::span<const onnx::Weight> weights, bool beside) {
    Result<onnx::WrittenModel> written = onnx::writeModel(path, sum(), weights, beside);
    bytes = contentOf(path);
    return written;
  }
  auto fields() const { return fieldsOf(std::as_bytes(std::span(bytes))); }
};

} // namespace

TEST_CASE("numbers are written as they are read") {
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{127}, int64_t{128}, int64_t{-1},
                              std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    WireWriter writer;
    writer.integer(20, value);
    writer.real(2, -1.5F);
    const auto fields = fieldsOf(std::as_bytes(std::span(writer.written())));
    CHECK(static_cast<int64_t>(all(fields, 20).front().value) == value);
    const auto bits = static_cast<uint32_t>(all(fields, 2).front().value);
    float real = 0;
    std::memcpy(&real, &bits, sizeof(real));
    CHECK(real == -1.5F);
  }
}

TEST_CASE("a model's file holds its graph, and its weights behind it") {
  Written file;
  const auto weights = {weight("w"), weight("v")};
  const auto written = file.write(std::vector(weights), false);
  REQUIRE(written);
  CHECK(written->dataFile.empty());
  CHECK(written->bytes == file.bytes.size());
  const auto model = file.fields();
  CHECK(all(model, 1).front().value == 8); // ir_version
  const auto opset = fieldsOf(message(model, 8));
  CHECK(all(opset, 2).front().value == 17);
  const auto entry = fieldsOf(message(model, 14));
  CHECK(textOf(message(entry, 1)) == "clew.model");
  CHECK(textOf(message(entry, 2)) == "sum");

  const auto graph = fieldsOf(message(model, 7));
  const auto node = fieldsOf(message(graph, 1));
  CHECK(textOf(message(node, 4)) == "Add");
  CHECK(all(node, 1).size() == 2);
  CHECK(all(node, 5).size() == 2);
  const auto attribute = fieldsOf(all(node, 5).front().bytes);
  CHECK(textOf(message(attribute, 1)) == "axis");
  CHECK(static_cast<int64_t>(all(attribute, 3).front().value) == -1);
  CHECK(all(attribute, 20).front().value == 2); // INT
  const std::vector<WireField> tensors = all(graph, 5);
  REQUIRE(tensors.size() == 2);
  const auto tensor = fieldsOf(tensors.back().bytes);
  CHECK(textOf(message(tensor, 8)) == "v");
  CHECK(all(tensor, 1).size() == 2);
  REQUIRE(message(tensor, 9).size() == sizeof(numbers));
  CHECK(std::memcmp(message(tensor, 9).data(), numbers, sizeof(numbers)) == 0);
}

TEST_CASE("weights beside the file begin at pages, and the file says where") {
  Written file;
  const auto written = file.write(std::vector{weight("w"), weight("v")}, true);
  REQUIRE(written);
  CHECK(written->dataFile == file.path + ".data");
  const std::string data = contentOf(written->dataFile);
  CHECK(data.size() == written->dataBytes);
  REQUIRE(data.size() == 4096 + sizeof(numbers));
  CHECK(std::memcmp(data.data() + 4096, numbers, sizeof(numbers)) == 0);
  const auto model = file.fields();
  const auto graph = fieldsOf(message(model, 7));
  const auto tensor = fieldsOf(all(graph, 5).back().bytes);
  CHECK(all(tensor, 9).empty());
  CHECK(all(tensor, 14).front().value == 1); // EXTERNAL
  std::map<std::string, std::string> place;
  for (const WireField &field : all(tensor, 13)) {
    const auto entry = fieldsOf(field.bytes);
    place[textOf(message(entry, 1))] = textOf(message(entry, 2));
  }
  CHECK(place == std::map<std::string, std::string>{{"location", "m.onnx.data"}, {"offset", "4096"}, {"length", "24"}});
}

TEST_CASE("a weight that gives too little or too much leaves no file") {
  for (const size_t given : {size_t{4}, size_t{5}}) {
    for (const bool beside : {false, true}) {
      Written file;
      onnx::Weight wrong = weight("w", given);
      wrong.dims = given == 4 ? std::vector<int64_t>{2, 3} : std::vector<int64_t>{2, 2};
      const auto written = file.write(std::span(&wrong, 1), beside);
      REQUIRE(!written);
      CHECK(written.error().message.find("'w'") != std::string::npos);
      CHECK(fs::is_empty(file.folder.path));
    }
  }
}

TEST_CASE("weights go beside no link") {
  Written file;
  fs::create_symlink("other.onnx", file.path);
  const onnx::Weight only = weight("w");
  const auto written = file.write(std::span(&only, 1), true);
  REQUIRE(!written);
  CHECK(written.error().kind == ErrorKind::BadInput);
  CHECK(file.write(std::span(&only, 1), false));
  CHECK(fs::exists(file.folder.path + "/other.onnx"));
}
