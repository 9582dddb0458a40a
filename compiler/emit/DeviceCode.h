// DeviceCode: from a gpu.module of generated kernels to PTX text.
//
// The PTX calls nothing: mathematics are our own polynomials and what the instruction set has, so that no toolkit is needed to make it.
#pragma once

#include "runtime/base/Result.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace clew::compiler {

/// The oldest chip that the code runs on; newer ones run the same PTX.
inline constexpr std::string_view kDeviceChip = "sm_80";

/// The dialects and translations that device kernels need beside those of registerCodeDialects.
void registerDeviceDialects(mlir::DialectRegistry &registry);

/// PTX of every kernel of the module, which is left as it is. Internal when it does not lower or calls an outside function; Unsupported if
/// LLVM was built without NVPTX.
Result<std::string> compileToPtx(mlir::gpu::GPUModuleOp kernels);

} // namespace clew::compiler
