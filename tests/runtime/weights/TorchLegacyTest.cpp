// PyTorch's older plain files: five pickles and the storages behind them. That PyTorch's own are read is TorchFileTest's.
#include "runtime/base/MappedFile.h"
#include "runtime/weights/TorchFile.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/TorchPickle.h"

using namespace clew;
using namespace std::string_literals;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/torch";

/// The parts of a file, each of which may be another.
struct LegacyFile {
  std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  std::string version = "\x80\x02M\xe9\x03.";
  std::string machine = "\x80\x02}.";
  TorchPickle pickle;
  std::string keys = "\x80\x02](" + TorchPickle::text("0") + "e.";
  std::string storages = littleEndian(int64_t{6}) + floats(6);

  LegacyFile() { pickle.view = "N"; }

  std::string file() const { return magic + version + machine + pickle.dict() + keys + storages; }
};

template <typename Change> std::string refusal(Change change) {
  LegacyFile parts;
  change(parts);
  return refusalBy([](auto &bytes) { return readTorchFile(bytes, "evil.pt"); }, parts.file(), "evil.pt");
}

template <typename Change> void expect(Change change, std::string_view reason) {
  const std::string message = refusal(change);
  CAPTURE(message);
  CAPTURE(reason);
  CHECK(message.find(reason) != std::string::npos);
}

std::string view(int64_t begin, int64_t length) {
  return "(" + TorchPickle::text("1") + TorchPickle::number(begin) + TorchPickle::number(length) + "t";
}

} // namespace

TEST_CASE("parts of the older format that do not fit are refused") {
  CHECK(refusal([](LegacyFile &) {}).empty());
  CHECK(refusal([](LegacyFile &p) { p.pickle.view = ""; }).empty());
  expect([](LegacyFile &p) { p.magic = "\x80\x02K\x01."; }, "its magic number, found a pickle of the number 1");
  expect([](LegacyFile &p) { p.magic[5] = 0; }, "found a pickle of a number of more than 64 bits");
  expect([](LegacyFile &p) { p.magic = p.pickle.dict(); }, "nothing was executed");
  expect(
      [](LegacyFile &p) {
        p.magic = "\x80\x02"
                  "cos\nsystem\n.";
      },
      "\"os.system\"");
  expect(
      [](LegacyFile &p) {
        p.machine = "\x80\x02"
                    "cos\nsystem\n.";
      },
      "\"os.system\"");
  expect(
      [](LegacyFile &p) {
        p.machine = "\x80\x02"
                    "ccollections\nOrderedDict\n)R.";
      },
      "\"collections.OrderedDict\"");
  expect(
      [](LegacyFile &p) {
        p.keys = "\x80\x02"
                 "cos\nsystem\n.";
      },
      "\"os.system\"");
  expect([](LegacyFile &p) { p.version = "\x80\x02M\xea\x03."; },
         "version 1001 of PyTorch's older format, found the number 1002");
  expect([](LegacyFile &p) { p.version = "\x80\x02N."; }, "version 1001");
  expect([](LegacyFile &p) { p.keys = "\x80\x02}."; }, "a list of storages' keys, found a dictionary");
  expect(
      [](LegacyFile &p) {
        p.keys = "\x80\x02](K\x01"
                 "e.";
      },
      "found the number 1");
  expect([](LegacyFile &p) { p.keys = "\x80\x02](" + TorchPickle::text("9") + "e."; }, "found the text \"9\"");
  expect([](LegacyFile &p) { p.keys = "\x80\x02].", p.storages = ""; },
         "expected the storage \"0\" in the file, found none");
  expect(
      [](LegacyFile &p) {
        p.keys = "\x80\x02](" + TorchPickle::text("0") + TorchPickle::text("0") + "e.";
        p.storages += p.storages;
      },
      "found \"0\" twice");
  expect([](LegacyFile &p) { p.storages = littleEndian(int64_t{5}) + floats(5); },
         "expected 6 elements of 4 bytes, found 5");
  expect([](LegacyFile &p) { p.storages = littleEndian(int64_t{-1}) + floats(6); },
         "expected 6 elements of 4 bytes, found -1");
  expect([](LegacyFile &p) { p.storages += "x"; }, "found 1 more bytes");
  expect([](LegacyFile &p) { p.pickle.elements = INT64_MAX / 4, p.storages = littleEndian(INT64_MAX / 4); },
         "and 0 bytes");
  expect([](LegacyFile &p) { p.magic = std::string(257, ' ') + "ustar"; }, "a tar archive");
}

TEST_CASE("views of storages lie in them") {
  auto with = [](const std::string &text) {
    return refusal([&](LegacyFile &p) { p.pickle.view = text, p.pickle.shape = {2}, p.pickle.strides = {1}; });
  };
  CHECK(with(view(4, 2)).empty());
  CHECK(with(view(0, 6)).empty());
  CHECK(with(view(4, 1)).find("to lie within the 1 elements") != std::string::npos);
  for (const auto &[begin, length] :
       {std::pair<int64_t, int64_t>{4, 3}, {7, 0}, {-1, 2}, {0, -1}, {INT64_MAX, INT64_MAX}}) {
    CHECK(with(view(begin, length)).find("expected a view within 6 elements") != std::string::npos);
  }
  CHECK(with("K\x01").find("five parts and a view") != std::string::npos);
  CHECK(with(")").find("five parts and a view") != std::string::npos);
  CHECK(with(view(4, 2) + "N").find("five parts and a view") != std::string::npos);

  LegacyFile parts;
  parts.pickle.view = view(4, 2);
  parts.pickle.shape = {2};
  parts.pickle.strides = {1};
  const std::string file = parts.file();
  const Result<TensorSet> set = readTorchFile(exactBytes(file), "file.pt");
  REQUIRE(set.has_value());
  CHECK(set->tensors.at(0).shape == std::vector<int64_t>{2});
}

TEST_CASE("older files cut anywhere are refused, and damaged ones do no harm") {
  const Result<MappedFile> file = MappedFile::open(goldens + "/legacy_strides.pt");
  REQUIRE(file.has_value());
  auto read = [](std::span<const std::byte> bytes) { return readTorchFile(bytes, "evil.pt"); };
  refuseEveryCut(file->text(), read);
  bearDamage(file->text(), 0, file->size(), 20000, read);
}
