// Finding and letting go are the same for every format.
#include "runtime/weights/TensorFile.h"

#include <algorithm>
#include <functional>

namespace clew {

TensorFile::TensorFile(MappedFile file, TensorSet set, SafeTensorsMetadata metadata)
    : file(std::move(file)), set(std::move(set)), notes(std::move(metadata)) {}

const TensorView *TensorFile::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(set.tensors, name, {},
                                              [](const TensorView &view) -> std::string_view { return view.name; });
  return found != set.tensors.end() && found->name == name ? &*found : nullptr;
}

void TensorFile::release(const TensorView &tensor) const {
  const std::byte *begin = file.bytes().data();
  const std::byte *end = begin + file.size();
  const std::byte *data = tensor.bytes.data();
  if (!tensor.bytes.empty() && std::greater_equal<>()(data, begin) && std::less<>()(data, end)) {
    file.release(static_cast<size_t>(data - begin), tensor.bytes.size());
  }
}

} // namespace clew
