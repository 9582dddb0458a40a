// Safetensors files, as weights and as the batch of `clew run`.
#include "cli/BatchFile.h"
#include "runtime/weights/SafeTensors.h"
#include "runtime/weights/SafeTensorsHeader.h"
#include "tests/fuzz/Tensors.h"
#include "tests/runtime/program/SmallProgram.h"
#include "tests/runtime/weights/SafeTensorsFile.h"

namespace clew::fuzz {
namespace {

/// What is read and written again reads the same.
void expectWritable(const SafeTensors &file) {
  const std::string path = folderOf({}) + "/again.safetensors";
  const Result<void> written = writeSafeTensors(path, file.tensors(), file.metadata());
  expect(written.has_value(), "a file that can be written again", written ? "" : written.error().render());
  const Result<SafeTensors> again = SafeTensors::open(path);
  expect(again && again->metadata() == file.metadata() && again->tensors().size() == file.tensors().size(),
         "the same again");
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const TensorView &a = file.tensors()[i];
    const TensorView &b = again->tensors()[i];
    expect(a.name == b.name && a.type == b.type && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes),
           "the same tensor again", a.name);
  }
}

void run(std::string_view bytes) {
  const Result<SafeTensorsHeader> header = parseSafeTensorsHeader(asBytes(bytes), "f");
  const std::string &path = fileOf(bytes);
  const Result<SafeTensors> file = SafeTensors::open(path);
  expect(header.has_value() == file.has_value(), "one reading", file ? "" : file.error().render());
  if (!file) {
    expectRefusal(header.error(), "f");
    expectRefusal(file.error(), path);
    return;
  }
  for (const TensorView &tensor : header->tensors) {
    expect(liesIn(tensor.bytes, asBytes(bytes)), "bytes of the file", tensor.name);
    expectReadable(tensor);
  }
  std::vector<std::string> notes;
  if (const Result<BatchFile> batch = readBatch(path, test::smallProgram(), notes); !batch) {
    expectRefusal(batch.error(), path);
  }
  expectWritable(*file);
}

std::vector<std::string> seeds() {
  const std::string four = std::string("\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0", 16);
  return {
      safeTensorsFile(
          R"({"__metadata__":{"clew.model":"m","clew.labels":"[\"a\"]"},)"
          R"("w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"e":{"dtype":"I8","shape":[0],"data_offsets":[16,16]}})",
          four),
      safeTensorsFile(R"({"ids":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},)"
                      R"("offsets":{"dtype":"I32","shape":[2],"data_offsets":[8,16]}})",
                      four),
      safeTensorsFile(
          R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"segments":{"dtype":"I32","shape":[1],)"
          R"("data_offsets":[8,12]},"offsets":{"dtype":"I32","shape":[1],"data_offsets":[12,16]}})",
          four),
      safeTensorsFile(R"({"a":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},"b":{"dtype":"F16","shape":[],)"
                      R"("data_offsets":[8,10]},"c":{"dtype":"BOOL","shape":[6],"data_offsets":[10,16]},)"
                      R"("d":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}  )",
                      four)};
}

const Harness harness("safetensors", run, seeds);

} // namespace
} // namespace clew::fuzz
