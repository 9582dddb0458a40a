// DeviceBuilder: LoopBuilder's words for kernels of a GPU. Expressions are those of one thread; blocks, threads, what they say to each other
// and shared memory come on top. What comes out are gpu.funcs that emit/DeviceCode compiles, for a GPU or for the emulator.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/program/Program.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace clew::compiler {

inline constexpr int64_t kWarp = 32;
/// Shared memory of a block on the least of the chips from sm_80 on (sm_86, sm_89, sm_120).
inline constexpr int64_t mostSharedBytes = 99 << 10;

/// How a kernel is launched.
struct DeviceLaunch {
  std::string symbol;
  int64_t threads = 128;   ///< of a block
  int64_t itemsPerCut = 1; ///< of the step's extent that a block has: Step::itemsPerCut
  int64_t sharedBytes = 0; ///< of a block
};

class DeviceBuilder : public LoopBuilder {
public:
  /// Appends kernels to `kernels`, which lies in `module`.
  DeviceBuilder(mlir::ModuleOp module, mlir::gpu::GPUModuleOp kernels);

  /// The kernel `symbol(ptr operand0, ptr operand1, ...)` of blocks of `threads` threads.
  using Body = llvm::function_ref<void(llvm::ArrayRef<Expr> operands)>;
  void deviceKernel(llvm::StringRef symbol, int64_t operandCount, int64_t threads, Body body);

  Expr thread() { return number<mlir::gpu::ThreadIdOp>(); } ///< in its block; i64, as the next ones
  Expr block() { return number<mlir::gpu::BlockIdOp>(); }
  Expr shared(); ///< the block's shared memory
  void barrier();
  void warpBarrier();
  /// The value that the thread in lane (own lane ^ mask) of the warp has; 32 bits.
  Expr shuffleXor(Expr value, int64_t mask);
  /// Combines the values of groups of `threads` neighbouring threads of a warp, a power of two; all of them get the result.
  using Join = llvm::function_ref<Expr(Expr, Expr)>;
  Expr joinThreads(Expr value, int64_t threads, Join join);

  Exprs whileLoop(llvm::ArrayRef<Expr> initial, llvm::function_ref<Expr(llvm::ArrayRef<Expr>)> condition,
                  llvm::function_ref<Exprs(llvm::ArrayRef<Expr>)> body);
  void ifThenBoth(Expr a, Expr b, llvm::function_ref<void()> body) { ifThen(both(a, b), body); }
  Expr remainder(Expr a, int64_t of) { return a - wholes(a, of) * double(of); } ///< a >= 0

  /// Which sequence holds `element`: the last s with offsets[s] <= element, of `count` sequences.
  Expr findHolder(Expr offsets, Expr count, Expr element);

private:
  template <typename Id> Expr number() {
    mlir::Value index = Id::create(ops(), mlir::gpu::Dimension::x);
    return wrap(mlir::arith::IndexCastOp::create(ops(), intType(64), index));
  }

  mlir::gpu::GPUModuleOp kernels;
};

} // namespace clew::compiler
