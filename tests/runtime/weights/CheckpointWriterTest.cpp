// Written checkpoints are read again as they were, in every format and type; conversions round as they must and count what they change.
#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/ElementType.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>

using namespace clew;
namespace fs = std::filesystem;

namespace {

/// A tensor of each type, and the shapes that are easily got wrong.
std::vector<TensorView> someTensors(std::vector<std::vector<std::byte>> &bytes, bool narrow) {
  std::vector<TensorView> views;
  for (int type = 0; type <= static_cast<int>(StoredType::Bool); ++type) {
    const auto stored = static_cast<StoredType>(type);
    const bool rare = stored == StoredType::F8E4M3 || stored == StoredType::F8E5M2 || stored == StoredType::U16 ||
                      stored == StoredType::U32 || stored == StoredType::U64;
    if (narrow && (rare || stored == StoredType::BF16)) {
      continue;
    }
    const std::vector<std::vector<int64_t>> shapes = {{2, 3}, {5}, {}, {0, 4}, {1, 2, 1, 3}};
    for (size_t shape = 0; shape < shapes.size(); ++shape) {
      size_t count = bytesOf(stored);
      for (const int64_t extent : shapes[shape]) {
        count *= static_cast<size_t>(extent);
      }
      std::vector<std::byte> &data = bytes.emplace_back(count);
      for (size_t i = 0; i < count; ++i) {
        data[i] = static_cast<std::byte>(stored == StoredType::Bool ? i % 2 : i * 7 + static_cast<size_t>(type));
      }
      views.push_back({fmt::format("{}.{}/x", nameOf(stored), shape), stored, shapes[shape], {}});
    }
  }
  for (size_t i = 0; i < views.size(); ++i) {
    views[i].bytes = bytes[i];
  }
  return views;
}

std::vector<TensorSource> sourcesOf(const std::vector<TensorView> &views) {
  std::vector<TensorSource> sources;
  for (const TensorView &view : views) {
    sources.push_back({{view.name, view.type, view.shape}, [&view](TensorSink sink) { return sink(view.bytes); }});
  }
  return sources;
}

TensorFiles opened(const std::string &path) {
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  REQUIRE(folder);
  Result<TensorFiles> files = openTensors(*folder);
  REQUIRE_MESSAGE(files, files.error().message);
  return std::move(*files);
}

} // namespace

TEST_CASE("every written format is read again, bit by bit") {
  const TemporaryFolder folder;
  for (const auto &[file, narrow] : {std::pair("w.safetensors", false), {"w.npz", true}, {"w.bin", true}}) {
    CAPTURE(file);
    std::vector<std::vector<std::byte>> bytes;
    const std::vector<TensorView> views = someTensors(bytes, narrow);
    const std::string path = folder.path + "/" + file;
    const Result<void> written = writeCheckpoint(path, *writtenFormatOf(file), sourcesOf(views));
    REQUIRE_MESSAGE(written, written.error().message);
    const TensorFiles files = opened(path);
    CHECK(files.tensors().size() == views.size());
    for (const TensorView &view : views) {
      CAPTURE(view.name);
      const TensorView *read = files.find(view.name);
      REQUIRE(read);
      CHECK(read->type == view.type);
      CHECK(read->shape == view.shape);
      CHECK(std::ranges::equal(read->bytes, view.bytes));
      const bool aligned = reinterpret_cast<uintptr_t>(read->bytes.data()) % bytesOf(view.type) == 0;
      CHECK((aligned || !narrow)); // safetensors lie one behind the other
    }
  }
}

TEST_CASE("types that a format does not have are refused, and no file is left") {
  const TemporaryFolder folder;
  const std::vector<std::byte> data(4);
  for (const auto &[file, type] : {std::pair("w.npz", StoredType::BF16),
                                   {"w.npz", StoredType::F8E4M3},
                                   {"w.pt", StoredType::U32},
                                   {"w.pt", StoredType::F8E5M2}}) {
    const std::vector<TensorView> views = {{"x", type, {static_cast<int64_t>(4 / bytesOf(type))}, data}};
    const Result<void> written = writeCheckpoint(folder.path + "/" + file, *writtenFormatOf(file), sourcesOf(views));
    REQUIRE(!written);
    CHECK(written.error().kind == ErrorKind::BadInput);
    CHECK(written.error().message.find(std::string(nameOf(type))) != std::string::npos);
  }
  CHECK(fs::is_empty(folder.path));
  CHECK(!writtenFormatOf("model.onnx"));
}

TEST_CASE("a source that breaks its promise is found out") {
  const TemporaryFolder folder;
  const std::vector<std::byte> data(4);
  for (const char *file : {"w.safetensors", "w.npz", "w.pth"}) {
    const std::vector<TensorSource> sources = {
        {{"x", StoredType::F32, {2}}, [&](TensorSink sink) { return sink(data); }}};
    const Result<void> written = writeCheckpoint(folder.path + "/" + file, *writtenFormatOf(file), sources);
    REQUIRE(!written);
    CHECK(written.error().kind == ErrorKind::Internal);
  }
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("every half is itself again, and floats between two become the nearer, ties the even one") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    float value = 0;
    const TensorView view{"h", StoredType::F16, {1}, std::as_bytes(std::span(&half, 1))};
    REQUIRE(readF32(view, std::span(&value, 1)).has_value());
    if (std::isnan(value)) {
      CHECK((toHalf(value) & 0x7fff) > 0x7c00);
      continue;
    }
    CHECK(toHalf(value) == half);
    if ((half & 0x7fff) < 0x7bff) { // between it and the next by magnitude
      const auto next = static_cast<uint16_t>(half + 1);
      float above = 0;
      const TensorView nextView{"h", StoredType::F16, {1}, std::as_bytes(std::span(&next, 1))};
      REQUIRE(readF32(nextView, std::span(&above, 1)).has_value());
      const float middle = value + (above - value) / 2;
      CHECK(toHalf(middle) == (half % 2 == 0 ? half : next));
      CHECK(toHalf(std::nextafterf(middle, value)) == half);
      CHECK(toHalf(std::nextafterf(middle, above)) == next);
    }
  }
  CHECK(toHalf(65519.996F) == 0x7bff);
  CHECK(toHalf(65520.0F) == 0x7c00);
  CHECK(toHalf(-1e30F) == 0xfc00);
}

TEST_CASE("conversions count the values that they change") {
  const std::vector<double> values = {1.0, 0.1, 1e300, -0.0, NAN, 65504.0, 1e-50};
  const TensorView view{"x", StoredType::F64, {7}, std::as_bytes(std::span(values))};
  std::vector<std::byte> out;
  const auto sink = [&](std::span<const std::byte> bytes) -> Result<void> {
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
  };
  const Result<ChangedValues> wide = convertTensor(view, StoredType::F32, sink);
  REQUIRE(wide);
  CHECK(wide->changed == 3); // 0.1, 1e300, 1e-50
  CHECK(wide->infinite == 1);
  CHECK(out.size() == 7 * sizeof(float));
  CHECK(convertTensor(view, StoredType::F16, sink)->changed == 3);
  CHECK(convertTensor(view, StoredType::BF16, sink)->changed == 4); // 65504 has eleven digits
  const std::vector<int32_t> whole = {1, 2};
  out.clear();
  CHECK(convertTensor({"i", StoredType::I32, {2}, std::as_bytes(std::span(whole))}, StoredType::F16, sink)->changed ==
        0);
  CHECK(out.size() == 8);
}

TEST_CASE("checkpoints of TensorFlow's are found by folder, prefix, index and data file") {
  const TemporaryFolder folder;
  const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/tensorflow/";
  for (const char *name : {"two.ckpt.index", "two.ckpt.data-00000-of-00002", "two.ckpt.data-00001-of-00002"}) {
    fs::copy(goldens + name, folder.path);
  }
  const Result<CheckpointFolder> wanted = CheckpointFolder::open(goldens + "two.safetensors");
  const TensorFiles expected = std::move(*openTensors(*wanted));
  std::string hash;
  for (const char *name : {"", "/two.ckpt", "/two.ckpt.index", "/two.ckpt.data-00001-of-00002"}) {
    CAPTURE(name);
    const TensorFiles files = opened(folder.path + name);
    REQUIRE(files.tensors().size() == expected.tensors().size());
    for (const TensorView *tensor : expected.tensors()) {
      const TensorView *read = files.find(tensor->name);
      REQUIRE(read);
      CHECK(std::ranges::equal(read->bytes, tensor->bytes));
    }
    CHECK((hash.empty() || hash == *files.sha256()));
    hash = *files.sha256();
  }
  // Of several the file `checkpoint` says which.
  for (const char *name : {"one.ckpt.index", "one.ckpt.data-00000-of-00001"}) {
    fs::copy(goldens + name, folder.path);
  }
  const auto refusal = [&](const std::string &path) {
    const Result<CheckpointFolder> there = CheckpointFolder::open(path);
    const Result<TensorFiles> files = there ? openTensors(*there) : fail(there);
    return files ? "" : files.error().message;
  };
  CHECK(refusal(folder.path).find("found one.ckpt.index, two.ckpt.index") != std::string::npos);
  CHECK(refusal(folder.path + "/one.ckpt").empty());
  folder.write("checkpoint",
               "model_checkpoint_path: \"/elsewhere/two.ckpt\"\nall_model_checkpoint_paths: \"one.ckpt\"\n");
  CHECK(*opened(folder.path).sha256() == hash);
  folder.write("checkpoint", "model_checkpoint_path: \"three.ckpt\"\n");
  CHECK(refusal(folder.path).find("name one of them") != std::string::npos);
  folder.write("checkpoint", "model_checkpoint_path: \"two.ckpt\"\n");
  fs::remove(folder.path + "/two.ckpt.data-00001-of-00002");
  CHECK(!refusal(folder.path).empty());
  fs::create_symlink("/etc/passwd", folder.path + "/two.ckpt.data-00001-of-00002");
  CHECK(!refusal(folder.path).empty());
}
