// What tests ask of the stand-in for the driver (standin/), which they load as the runtime does.
#pragma once

#include "runtime/cuda/Driver.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <string>

namespace clew::test {

/// The library in this process; whatever was configured or went wrong before is forgotten.
class StandIn {
public:
  StandIn() : handle(dlopen(CLEW_STAND_IN_DRIVER, RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE_MESSAGE(handle, dlerror());
    find<void()>("clewStandInForget")();
  }

  void configure(const std::string &settings) { find<void(const char *)>("clewStandInConfigure")(settings.c_str()); }
  std::string problems() { return text("clewStandInProblems"); }
  std::string leaks() { return text("clewStandInLeaks"); }
  int64_t count(const char *function) { return find<int64_t(const char *)>("clewStandInCount")(function); }

  template <typename F> F *find(const char *symbol) {
    void *found = dlsym(handle, symbol);
    REQUIRE_MESSAGE(found, symbol);
    return reinterpret_cast<F *>(found);
  }

private:
  std::string text(const char *function) {
    std::string room(1 << 16, '\0');
    find<size_t(char *, size_t)>(function)(room.data(), room.size());
    return room.c_str();
  }

  void *handle;
};

} // namespace clew::test
