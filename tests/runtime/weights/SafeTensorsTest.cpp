// Safetensors files: round trips, conversions from every type that we compute with, and a writer that promises what
// it holds.
#include "runtime/weights/SafeTensors.h"

#include "runtime/weights/SafeTensorsHeader.h"
#include "tests/runtime/base/TemporaryFolder.h"
#include "tests/runtime/weights/SafeTensorsFile.h"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

using namespace clew;

namespace {

template <typename T> TensorView viewOf(std::string name, StoredType type, const std::vector<T> &values) {
  return {std::move(name), type, {static_cast<int64_t>(values.size())}, std::as_bytes(std::span(values))};
}

/// Values read from bytes that start at an odd address.
template <typename T> std::vector<float> readUnaligned(StoredType type, const std::vector<T> &values) {
  std::string shifted(1 + values.size() * sizeof(T), '\0');
  std::memcpy(shifted.data() + 1, values.data(), values.size() * sizeof(T));
  TensorView view{"x", type, {static_cast<int64_t>(values.size())}, bytesOf(shifted).subspan(1)};
  std::vector<float> out(values.size());
  REQUIRE(readF32(view, out).has_value());
  return out;
}

} // namespace

TEST_CASE("what is written is read back") {
  TemporaryFolder folder;
  std::string path = folder.path + "/model.safetensors";
  std::vector<float> weights = {1.5F, -2.0F, 0.0F, 4.0F, 5.0F, 6.0F};
  std::vector<int64_t> ids = {7, -8};
  TensorView matrix = viewOf("层.weight", StoredType::F32, weights);
  matrix.shape = {2, 3};
  std::vector<TensorView> tensors = {matrix, viewOf("a", StoredType::I64, ids),
                                     viewOf("empty", StoredType::F32, std::vector<float>())};
  REQUIRE(writeSafeTensors(path, tensors, {{"clew.model", "bert/base"}, {"quote", "\"\\\n"}}).has_value());

  Result<SafeTensors> file = SafeTensors::open(path);
  REQUIRE(file.has_value());
  CHECK(file->tensors().size() == 3);
  CHECK(file->metadata() == SafeTensorsMetadata{{"clew.model", "bert/base"}, {"quote", "\"\\\n"}});
  CHECK(file->find("b") == nullptr);
  const TensorView *found = file->find("层.weight");
  REQUIRE(found);
  CHECK(found->shape == std::vector<int64_t>{2, 3});
  CHECK(reinterpret_cast<size_t>(found->bytes.data()) % 64 == 0);
  std::vector<float> read(6);
  file->release(*found);
  REQUIRE(readF32(*found, read).has_value());
  CHECK(read == weights);
  std::vector<int32_t> numbers(2);
  REQUIRE(readI32(*file->find("a"), numbers).has_value());
  CHECK(numbers == std::vector<int32_t>{7, -8});

  std::string first = folder.read("model.safetensors");
  REQUIRE(writeSafeTensors(path, file->tensors(), file->metadata()).has_value()); // onto the file it is read from
  CHECK(SafeTensors::open(path)->find("层.weight")->shape == matrix.shape);
  REQUIRE(writeSafeTensors(path, tensors, file->metadata()).has_value());
  CHECK(folder.read("model.safetensors") == first);
}

TEST_CASE("every float type is read as f32, at any address") {
  float infinity = std::numeric_limits<float>::infinity();
  CHECK(readUnaligned<float>(StoredType::F32, {1.25F, -3.0F}) == std::vector<float>{1.25F, -3.0F});
  CHECK(readUnaligned<double>(StoredType::F64, {0.1, 1e300}) == std::vector<float>{0.1F, infinity});
  CHECK(readUnaligned<uint16_t>(StoredType::BF16, {0x3f80, 0xc040, 0x7f80}) ==
        std::vector<float>{1.0F, -3.0F, infinity});
  CHECK(readUnaligned<uint16_t>(StoredType::F16,
                                {0x3c00, 0xc200, 0x7c00, 0xfc00, 0x7bff, 0x0001, 0x83ff, 0x0400, 0x0000}) ==
        std::vector<float>{1.0F, -3.0F, infinity, -infinity, 65504.0F, 0x1p-24F, -0x3ffp-24F, 0x1p-14F, 0.0F});
  CHECK(std::isnan(readUnaligned<uint16_t>(StoredType::F16, {0x7e00})[0]));
  CHECK(std::signbit(readUnaligned<uint16_t>(StoredType::F16, {0x8000})[0]));
  std::vector<float> sum = {1.0F, 2.0F};
  REQUIRE(addF32(viewOf("x", StoredType::F32, std::vector<float>{10.0F, 20.0F}), sum).has_value());
  CHECK(sum == std::vector<float>{11.0F, 22.0F});
}

TEST_CASE("numbers of other types or ranges are refused") {
  std::vector<int64_t> ids = {1, int64_t{1} << 31};
  std::vector<float> floats(2);
  std::vector<int32_t> numbers(2);
  CHECK(readF32(viewOf("ids", StoredType::I64, ids), floats).error().message ==
        "tensor \"ids\": expected F32, F64, F16 or BF16, found I64");
  CHECK(readI32(viewOf("ids", StoredType::I64, ids), numbers).error().message ==
        "tensor \"ids\": expected numbers of 32 bits, found 2147483648 at index 1");
  CHECK(readI32(viewOf("ids", StoredType::F32, floats), numbers).error().kind == ErrorKind::BadInput);
  CHECK(readF32(viewOf("x", StoredType::F32, floats), std::span(floats).first(1)).error().kind == ErrorKind::Internal);
}

TEST_CASE("type names go both ways") {
  for (StoredType type : {StoredType::F64, StoredType::F8E5M2, StoredType::I8, StoredType::U16, StoredType::Bool}) {
    CHECK(storedTypeNamed(nameOf(type)) == type);
  }
  CHECK(nameOf(StoredType::F8E4M3) == "F8_E4M3");
  CHECK(bytesOf(StoredType::U64) == 8);
  CHECK_FALSE(storedTypeNamed("").has_value());
}

TEST_CASE("a writer that breaks its promise writes nothing") {
  TemporaryFolder folder;
  std::string path = folder.path + "/out";
  std::vector<float> values(4);
  std::vector<TensorLayout> layout = {{"x", StoredType::F32, {4}}};
  {
    SafeTensorsWriter writer = *SafeTensorsWriter::create(path, layout);
    const std::vector<std::byte> zeros(9);
    CHECK(writer.write(std::span(zeros).first(8)).has_value());
    CHECK(writer.finish().error().kind == ErrorKind::Internal);
    CHECK(writer.write(zeros).error().kind == ErrorKind::Internal);
  }
  auto kindOf = [&](const std::vector<TensorLayout> &tensors, const SafeTensorsMetadata &metadata = {}) {
    Result<SafeTensorsWriter> writer = SafeTensorsWriter::create(path, tensors, metadata);
    REQUIRE_FALSE(writer.has_value());
    CHECK(writer.error().where == path);
    return writer.error().kind;
  };
  CHECK(kindOf({layout[0], layout[0]}) == ErrorKind::Internal);
  CHECK(kindOf({{"__metadata__", StoredType::F32, {}}}) == ErrorKind::Internal);
  CHECK(kindOf({{"x", StoredType::F32, {-1}}}) == ErrorKind::Internal);
  CHECK(kindOf({{"x", StoredType::F32, {int64_t{1} << 62, 4}}}) == ErrorKind::Internal);
  CHECK(kindOf({{"\xff", StoredType::F32, {}}}) == ErrorKind::BadInput);
  CHECK(kindOf({}, {{"large", std::string(maxSafeTensorsHeader, 'a')}}) == ErrorKind::BadInput);
  CHECK(folder.names().empty());
  TensorView lie = viewOf("x", StoredType::F32, values);
  lie.shape = {5};
  CHECK(writeSafeTensors(path, std::vector{lie}).error().kind == ErrorKind::Internal);
  CHECK(folder.names().empty());
  CHECK(SafeTensors::open(path).error().kind == ErrorKind::NotFound);
}
