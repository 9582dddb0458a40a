// MLIR's element types as the runtime knows them.
#pragma once

#include "runtime/base/DType.h"

#include "mlir/IR/Types.h"

#include <optional>

namespace clew::nn {

/// f64, f32, bf16, i32, i8 (signed or signless) and ui8; nothing for any other type.
std::optional<DType> dtypeOf(mlir::Type element);

} // namespace clew::nn
