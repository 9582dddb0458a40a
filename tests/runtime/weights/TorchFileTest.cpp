// PyTorch's checkpoints: what PyTorch wrote is read as PyTorch reads it, and what only looks like a checkpoint is refused.
#include "runtime/weights/TorchFile.h"

#include "runtime/base/MappedFile.h"
#include "runtime/weights/TorchTensors.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/SameTensors.h"
#include "tests/runtime/weights/TorchPickle.h"

#include <filesystem>

using namespace clew;
using namespace std::string_literals;

namespace {

const std::string goldens = CLEW_SOURCE_DIR "/tests/runtime/weights/torch";

std::string torchZip(const std::string &pickle, const std::string &storage = floats(6)) {
  return zipFile({part("m/data.pkl", pickle), part("m/data/0", storage)});
}

/// "" or the refusal.
std::string refusalOf(const std::string &file) {
  return refusalBy([](auto &bytes) { return readTorchZip(bytes, "evil.pt"); }, file, "evil.pt");
}

std::string refusalOf(const TorchPickle &pickle) { return refusalOf(torchZip(pickle.dict())); }

} // namespace

TEST_CASE("what PyTorch wrote is read as PyTorch reads it") {
  int files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(goldens)) {
    if (entry.path().extension() != ".pt") {
      continue;
    }
    ++files;
    const std::string path = entry.path().string();
    CAPTURE(path);
    const Result<MappedFile> file = MappedFile::open(path);
    REQUIRE(file.has_value());
    const Result<TensorSet> set = readTorchFile(file->bytes(), path);
    if (!set) {
      FAIL(set.error().message);
    }
    checkSameTensors(*set, std::filesystem::path(path).replace_extension(".safetensors"));
    CHECK(isSound(*set, file->bytes()));
    if (entry.path().stem().string().ends_with("types") || entry.path().stem().string().ends_with("training")) {
      CHECK(set->made.empty()); // dense tensors stay where the file has them
    }
  }
  CHECK(files == 15);
}

TEST_CASE("files cut anywhere are refused, and damaged ones do no harm") {
  const Result<MappedFile> file = MappedFile::open(goldens + "/strides.pt");
  REQUIRE(file.has_value());
  auto read = [](std::span<const std::byte> bytes) { return readTorchZip(bytes, "evil.pt"); };
  refuseEveryCut(file->text(), read);
  bearDamage(file->text(), 0, file->size(), 20000, read);
  const size_t pickle = file->text().find("\x80\x02");
  bearDamage(file->text(), pickle, pickle + 1200, 20000, read);
}

TEST_CASE("a pickle cut anywhere is refused") {
  const std::string pickle = TorchPickle().dict();
  REQUIRE(refusalOf(torchZip(pickle)).empty());
  for (size_t length = 0; length < pickle.size(); ++length) {
    CAPTURE(length);
    CHECK(refusalOf(torchZip(pickle.substr(0, length))).find("nothing was executed") != std::string::npos);
  }
  CHECK(refusalOf(torchZip(pickle + "x")).find("the end of data.pkl") != std::string::npos);
}

TEST_CASE("tensors lie within their storages") {
  auto with = [](auto change) {
    TorchPickle pickle;
    change(pickle);
    return refusalOf(pickle);
  };
  CHECK(with([](TorchPickle &) {}).empty());
  CHECK(with([](TorchPickle &p) { p.strides = {1, 2}; }).empty());
  CHECK(with([](TorchPickle &p) { p.strides = {0, 0}; }).empty()); // expanded
  CHECK(with([](TorchPickle &p) { p.shape = {0, 3}, p.offset = 6; }).empty());
  const std::string within = "to lie within the 6 elements";
  CHECK(with([](TorchPickle &p) { p.offset = 1; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.offset = -1; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.offset = INT64_MAX; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.strides = {4, 1}; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.strides = {-3, 1}; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.strides = {INT64_MAX, 1}; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape = {3, 3}; }).find(within) != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.strides = {3}; }).find("a stride for each") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape = {-2, -3}; }).find("possible size") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape = {1LL << 32, 1LL << 32}; }).find("possible size") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape = {1LL << 40, 0, 1LL << 40}; }).find("possible size") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape = {1LL << 30, 3}, p.strides = {0, 1}; }).find("64 MiB") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.shape.assign(65, 1), p.strides.assign(65, 1); }).find("other arguments") !=
        std::string::npos);
  CHECK(with([](TorchPickle &p) { p.elements = 5; }).find("expected 20 bytes, found 24") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.elements = -1; }).find("possible number of elements") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.elements = INT64_MAX; }).find("possible number of elements") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.key = "1"; }).find("found none") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.key = "../data.pkl"; }).find("found none") != std::string::npos);
}

TEST_CASE("what is no plain tensor is refused") {
  auto with = [](auto change) {
    TorchPickle pickle;
    change(pickle);
    return refusalOf(pickle);
  };
  CHECK(with([](TorchPickle &p) { p.more += "}"; }).empty());
  CHECK(with([](TorchPickle &p) { p.more += "}" + TorchPickle::text("neg") + "\x88s"; }).find("negated") !=
        std::string::npos);
  CHECK(with([](TorchPickle &p) { p.more += "}}"; }).find("other arguments") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.more = ""; }).find("other arguments") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.type = "ComplexFloatStorage"; }).find("\"torch.ComplexFloatStorage\"") !=
        std::string::npos);
  CHECK(with([](TorchPickle &p) { p.type = "QInt8Storage"; }).find("\"torch.QInt8Storage\"") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.type = "float32"; }).find("a type of storage, found 'float32'") !=
        std::string::npos);
  for (const char *function : {"_rebuild_sparse_tensor", "_rebuild_qtensor", "_rebuild_meta_tensor_no_storage"}) {
    CHECK(with([&](TorchPickle &p) { p.function = function; }).find(function) != std::string::npos);
  }
  CHECK(with([](TorchPickle &p) { p.function = "_rebuild_tensor_v3"; }).find("other arguments") != std::string::npos);
  CHECK(with([](TorchPickle &p) {
          p.function = "_rebuild_tensor_v3", p.more += "ctorch\nfloat32\n";
        }).find("none or two") != std::string::npos);
  CHECK(with([](TorchPickle &p) { p.function = "_rebuild_parameter"; }).find("holds a tensor") != std::string::npos);
  const TorchPickle good;
  auto wrapped = [&](const std::string &inner) { return "ctorch._utils\n_rebuild_parameter\n(" + inner + "\x88}tR"; };
  auto value = [](const std::string &body) {
    return refusalOf(torchZip(TorchPickle::entries(TorchPickle::text("w") + body)));
  };
  CHECK(value(wrapped(good.tensor())).empty());
  CHECK(value(wrapped(wrapped(good.tensor()))).find("found a call of '_rebuild_parameter'") != std::string::npos);
  CHECK(value("K\x01").find("\"w\": expected a tensor, found the number 1") != std::string::npos);
  CHECK(value("}").find("expected a tensor, found a dictionary") != std::string::npos);
  CHECK(value(good.storage()).find("expected a tensor, found a storage") != std::string::npos);
  CHECK(value("ctorch\nSize\n)\x85R").find("found a call of 'Size'") != std::string::npos);
  CHECK(value("K\x07Q").find("only storages outside of the pickle, found the number 7") != std::string::npos);
  CHECK(value("(" + TorchPickle::text("module") + "tQ").find("begins with the text \"module\"") != std::string::npos);
  CHECK(value("cos\nsystem\n" + TorchPickle::text("touch evil") + "\x85R").find("\"os.system\"") != std::string::npos);
}

TEST_CASE("the state dict is the dictionary, or the one of a known name in it") {
  const TorchPickle good;
  const std::string text = TorchPickle::text("w") + good.tensor();
  auto top = [](const std::string &body) { return refusalOf(torchZip(TorchPickle::entries(body))); };
  const std::string state = "}(" + text + "u";
  CHECK(top(TorchPickle::text("state_dict") + state + TorchPickle::text("epoch") + "K\x03").empty());
  CHECK(top(TorchPickle::text("model") + state).empty());
  CHECK(top(TorchPickle::text("model_state_dict") + state).empty());
  CHECK(top(TorchPickle::text("model") + good.tensor()).empty()); // a tensor called so
  CHECK(top(TorchPickle::text("model") + state + TorchPickle::text("state_dict") + state)
            .find("one dictionary of weights") != std::string::npos);
  CHECK(top(TorchPickle::text("encoder") + state).find("\"encoder\": expected a tensor, found a dictionary") !=
        std::string::npos);
  CHECK(top(text + text).find("\"w\" twice") != std::string::npos);
  CHECK(top("K\x01" + good.tensor()).find("found the number 1 for a name") != std::string::npos);
  CHECK(refusalOf(torchZip("\x80\x02].")).find("a dictionary of tensors, found a list") != std::string::npos);
  CHECK(refusalOf(torchZip("\x80\x02" + good.tensor() + ".")).find("found a call") != std::string::npos);
  CHECK(refusalOf(torchZip(TorchPickle::entries(""))).empty());
  // A dictionary that holds itself.
  CHECK(refusalOf(torchZip("\x80\x02}q\0X\x05\0\0\0modelh\0s."s)).find("\"model\": expected a tensor") !=
        std::string::npos);
}

TEST_CASE("names are bounded, in bytes and in number") {
  auto named = [](size_t bytes, size_t count) {
    std::string body = TorchPickle::text(std::string(bytes, 'n')) + "q\0"s + "Nq\x01"s;
    for (size_t i = 1; i < count; ++i) {
      body += "h\0h\x01"s;
    }
    return refusalOf(torchZip(TorchPickle::entries(body)));
  };
  CHECK(named(mostTorchName, mostTorchTensors).find("twice") != std::string::npos);
  CHECK(named(mostTorchName + 1, 1).find("names of at most 1024 bytes") != std::string::npos);
  CHECK(named(1, mostTorchTensors + 1).find("at most 100000 tensors") != std::string::npos);
  TorchPickle pickle;
  pickle.key.assign(mostTorchName + 1, '0');
  CHECK(refusalOf(pickle).find("keys of at most 1024 bytes") != std::string::npos);
}

TEST_CASE("archives that are no checkpoint are refused") {
  const std::string pickle = TorchPickle().dict();
  const ZipPart data = part("m/data/0", floats(6));
  CHECK(refusalOf(zipFile({data})).find("without FOLDER/data.pkl") != std::string::npos);
  CHECK(refusalOf(zipFile({part("data.pkl", pickle), data})).find("without FOLDER/data.pkl") != std::string::npos);
  CHECK(refusalOf(zipFile({part("m/data.pkl", pickle), part("n/data.pkl", pickle)})).find("one checkpoint") !=
        std::string::npos);
  CHECK(refusalOf(zipFile({part("m/data.pkl", pickle), part("m/constants.pkl", "")})).find("TorchScript") !=
        std::string::npos);
  CHECK(
      refusalOf(zipFile({part("m/data.pkl", pickle), data, part("m/byteorder", "middle")})).find("found \"middle\"") !=
      std::string::npos);
  CHECK(refusalOf(zipFile({part("m/data.pkl", pickle), data, part("m/byteorder", "little")})).empty());
  CHECK(refusalOf(zipFile({part("m/data.pkl", pickle), part("m/data/0", floats(7))}))
            .find("expected 24 bytes, found 28") != std::string::npos);
}
