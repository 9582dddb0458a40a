// CodeImage: generated kernels in executable memory. It maps the object code of a Program (Program::code) the same way whether
// it was compiled a moment ago, came from the program cache or from an artifact, so that the runtime needs no LLVM.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <map>
#include <span>
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

  /// Everything that decides what is loaded is checked (ElfObject.h): BadInput or Unsupported for what is malformed or needs more than we
  /// offer, Io if memory cannot be mapped. The object may call memcpy, memmove and memset and nothing else that it does not define.
  static Result<CodeImage> load(std::string_view object);

  /// Address of an exported function, or null. Valid as long as this image.
  void *lookup(std::string_view symbol) const;

  /// All exported functions. Each lies in the code.
  const std::map<std::string, void *, std::less<>> &symbols() const { return functions; }

  /// The offsets at which its parts end: code, constants, data.
  struct Places {
    size_t codeEnd = 0;
    size_t constantEnd = 0;
    size_t end = 0;

    bool operator==(const Places &) const = default;
  };
  const Places &parts() const { return places; }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte *>(base), places.end}; }

private:
  void *base = nullptr;
  Places places;
  std::map<std::string, void *, std::less<>> functions;
};

} // namespace clew
