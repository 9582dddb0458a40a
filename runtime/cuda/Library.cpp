// The only file that asks the system's loader for a library.
#include "runtime/cuda/Library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace clew::cuda {

Result<Library> Library::open(std::span<const std::string> names) {
  std::string problem;
  for (const std::string &name : names) {
    if (void *handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      Library library;
      library.handle = handle;
      library.found = name;
      return library;
    }
    if (problem.empty()) {
      const char *said = dlerror();
      problem = said ? said : "cannot load " + name;
    }
  }
  return fail(ErrorKind::Unavailable, problem);
}

void *Library::find(const char *symbol) const { return dlsym(handle, symbol); }

Result<void> SymbolReader::finish() const {
  return missing.empty() ? Result<void>()
                         : fail(ErrorKind::Unavailable, fmt::format("{} has no function {}", library.name(), missing));
}

} // namespace clew::cuda
