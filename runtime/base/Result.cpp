// How an Error is printed; one form for every command and test.
#include "runtime/base/Result.h"

#include "runtime/base/VisibleText.h"

namespace clew {

std::string Error::render() const {
  std::string label = kind == ErrorKind::Unavailable ? "Unavailable: " : "error: ";
  return visibleText((where.empty() ? "" : where + ": ") + label + message);
}

} // namespace clew
