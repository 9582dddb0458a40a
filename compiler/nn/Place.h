// Where in the model's YAML an op comes from, for errors and profiles.
#pragma once

#include "mlir/IR/Location.h"

#include <string>

namespace clew::nn {

/// "file:line:column" of the first position inside a location, or "".
std::string whereOf(mlir::Location location);

} // namespace clew::nn
