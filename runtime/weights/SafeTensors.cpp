// The reading side: a checked header over a mapped file.
#include "runtime/weights/SafeTensors.h"

#include "runtime/weights/SafeTensorsHeader.h"

namespace clew {

Result<SafeTensors> SafeTensors::open(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  return open(std::move(*file));
}

Result<SafeTensors> SafeTensors::open(MappedFile file) {
  Result<SafeTensorsHeader> header = parseSafeTensorsHeader(file.bytes(), file.name());
  if (!header) {
    return fail(header);
  }
  return SafeTensors(TensorFile(std::move(file), {std::move(header->tensors), {}}, std::move(header->metadata)));
}

} // namespace clew
