// CodeImage: generated kernels in executable memory. It maps the object code of a Program (Program::code) the same way whether
// it was compiled a moment ago, came from the program cache or from an artifact, so that the runtime needs no LLVM.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace clew {

/// An ELF64 x86-64 relocatable object, relocated and mapped: code read-execute, constants read-only, data read-write. Owns its
/// memory and keeps nothing of the bytes it was made from. Any number of threads may call and look up.
class CodeImage {
public:
  CodeImage() = default;
  CodeImage(CodeImage &&other) noexcept;
  CodeImage &operator=(CodeImage &&other) noexcept;
  ~CodeImage();

  /// Every offset is checked: BadInput or Unsupported for what is malformed or needs more than we offer, Io if memory cannot be
  /// mapped. The object may call memcpy, memmove and memset and nothing else that it does not define.
  static Result<CodeImage> load(std::string_view object);

  /// Address of an exported function, or null. Valid as long as this image.
  void *lookup(std::string_view symbol) const;

private:
  void *base = nullptr;
  size_t size = 0;
  std::map<std::string, void *, std::less<>> functions;
};

} // namespace clew
