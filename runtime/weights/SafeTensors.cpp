// The reading side: a checked header over a mapped file.
#include "runtime/weights/SafeTensors.h"

#include <algorithm>

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
  SafeTensors tensors;
  tensors.file = std::move(file);
  tensors.header = std::move(*header);
  return tensors;
}

const TensorView *SafeTensors::find(std::string_view name) const {
  auto found = std::ranges::lower_bound(header.tensors, name, {},
                                        [](const TensorView &view) -> std::string_view { return view.name; });
  return found != header.tensors.end() && found->name == name ? &*found : nullptr;
}

void SafeTensors::release(const TensorView &tensor) const {
  if (!tensor.bytes.empty()) {
    file.release(static_cast<size_t>(tensor.bytes.data() - file.bytes().data()), tensor.bytes.size());
  }
}

} // namespace clew
