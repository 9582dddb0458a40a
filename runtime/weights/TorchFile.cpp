// Which of PyTorch's formats a file is in: its first bytes say so, and its name says nothing.
#include "runtime/weights/TorchFile.h"

#include "runtime/weights/ZipDirectory.h"

namespace clew {

Result<TensorSet> readTorchFile(std::span<const std::byte> file, const std::string &where) {
  constexpr size_t tarMark = 257; // where a tar archive says "ustar"
  const std::string_view text(reinterpret_cast<const char *>(file.data()), file.size());
  if (looksLikeZip(file)) {
    return readTorchZip(file, where);
  }
  if (text.size() > tarMark && text.substr(tarMark).starts_with("ustar")) {
    return fail(
        ErrorKind::BadInput,
        "expected a PyTorch checkpoint of 0.4 or newer, found a tar archive; load it with PyTorch and save it again",
        where);
  }
  return readTorchLegacy(file, where);
}

} // namespace clew
