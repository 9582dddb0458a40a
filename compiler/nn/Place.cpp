// See Place.h.
#include "compiler/nn/Place.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::nn {

std::string whereOf(Location location) {
  std::string where;
  location->walk([&](Location inner) {
    if (auto position = dyn_cast<FileLineColLoc>(inner)) {
      where = fmt::format("{}:{}:{}", position.getFilename().str(), position.getLine(), position.getColumn());
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return where;
}

} // namespace clew::nn
