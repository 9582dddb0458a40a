// ObjectCode: from functions over vectors to machine code. With DeviceCode the only home of llvm::Module and of
// LLVM's code generators.
//
// What comes out is an ELF relocatable object: position independent, small code model, no unwind tables, and no
// undefined symbols but memcpy and memset, so that runtime/cpu/CodeImage can map it without a linker.
#pragma once

#include "compiler/target/TargetCpu.h"
#include "runtime/base/Result.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <string>

namespace mlir {
class DialectRegistry;
class OpPassManager;
class Pass;
} // namespace mlir
namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace clew::compiler {

/// What printStage shows: LLVM IR after optimization, or assembly.
enum class CodeStage { Llvm, Assembly };

/// The dialects and translations that generated functions need. Call it on the registry of every context whose modules
/// are compiled here.
void registerCodeDialects(mlir::DialectRegistry &registry);

/// The pipeline from func, arith, math, vector and scf to the LLVM dialect, as numbered lines in ObjectCode.cpp.
void buildToLlvmPipeline(mlir::OpPassManager &passes);

/// math.exp, erf, tanh and log become polynomials (relative error about 3e-7), so that no math library is called.
std::unique_ptr<mlir::Pass> createMathPolynomialsPass();

/// LLVM's optimizer, which vectorizes nothing; `unroll`: whether it unrolls loops.
void optimizeCode(llvm::Module &module, llvm::TargetMachine &machine, bool unroll);

/// Compiles every func.func of `module` (which is left as it is) for `cpu`. Internal when the module does not lower or
/// calls an outside function: generators make these modules, users do not. One context is used by one thread at a time.
Result<std::string> compileToObject(mlir::ModuleOp module, const TargetCpu &cpu);

/// The same as text, for `clew compile --emit llvm|asm`.
Result<std::string> printStage(mlir::ModuleOp module, const TargetCpu &cpu, CodeStage stage);

} // namespace clew::compiler
