// See HostForm.h.
#include "compiler/emit/HostForm.h"

#include "compiler/emit/ObjectCode.h"
#include "runtime/program/EmulatedThread.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cstddef>

using namespace mlir;

namespace clew::compiler {
namespace {

/// Rewrites one kernel, whose body has been moved into `function(operands, thread)`.
class Rewriter {
public:
  explicit Rewriter(func::FuncOp function) : b(function.getLoc(), function.getContext()), function(function) {
    pointer = LLVM::LLVMPointerType::get(b.getContext());
    word = b.getI32Type();
    thread = function.getArgument(1);
  }

  LogicalResult run() {
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      b.setInsertionPoint(op);
      b.setLoc(op->getLoc());
      if (failed(rewrite(op))) {
        return op->emitOpError("has no host form");
      }
    }
    return success();
  }

private:
  LogicalResult rewrite(Operation *op) {
    if (isa<gpu::ThreadIdOp>(op)) {
      return replaceByNumber(op, offsetof(EmulatedThread, thread));
    }
    if (isa<gpu::BlockIdOp>(op)) {
      return replaceByNumber(op, offsetof(EmulatedThread, block));
    }
    if (isa<gpu::BarrierOp>(op)) {
      call(offsetof(EmulatedThread, barrier), {}, {place()});
      op->erase();
      return success();
    }
    if (isa<NVVM::SyncWarpOp>(op)) {
      call(offsetof(EmulatedThread, warpBarrier), {}, {place()});
      op->erase();
      return success();
    }
    if (auto shuffle = dyn_cast<gpu::ShuffleOp>(op)) {
      return rewriteShuffle(shuffle);
    }
    if (isa<gpu::ReturnOp>(op)) {
      func::ReturnOp::create(b);
      op->erase();
      return success();
    }
    if (auto address = dyn_cast<LLVM::AddressOfOp>(op)) {
      Value shared = LLVM::LoadOp::create(b, pointer, member(offsetof(EmulatedThread, shared)));
      address.replaceAllUsesWith(LLVM::AddrSpaceCastOp::create(b, address.getType(), shared).getResult());
      op->erase();
      return success();
    }
    if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      check(load.getAddr(), load.getType(), false);
      return success();
    }
    if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
      check(store.getAddr(), store.getValue().getType(), true);
      return success();
    }
    const StringRef dialect = op->getDialect()->getNamespace();
    return success(dialect != "gpu" && dialect != "nvvm");
  }

  Value number(int64_t value) { return arith::ConstantOp::create(b, b.getI32IntegerAttr(static_cast<int32_t>(value))); }
  /// Tells one operation of the kernel from another.
  Value place() { return number(++places); }

  Value member(size_t offset) {
    return LLVM::GEPOp::create(b, pointer, b.getI8Type(), thread, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  }

  LogicalResult replaceByNumber(Operation *op, size_t offset) {
    Value found = LLVM::LoadOp::create(b, word, member(offset));
    op->getResult(0).replaceAllUsesWith(arith::IndexCastOp::create(b, b.getIndexType(), found));
    op->erase();
    return success();
  }

  Value call(size_t offset, Type result, ArrayRef<Value> arguments) {
    SmallVector<Value> all{LLVM::LoadOp::create(b, pointer, member(offset)), thread};
    llvm::append_range(all, arguments);
    SmallVector<Type> types;
    for (Value argument : ArrayRef<Value>(all).drop_front()) {
      types.push_back(argument.getType());
    }
    auto type = LLVM::LLVMFunctionType::get(result ? result : LLVM::LLVMVoidType::get(b.getContext()), types);
    auto made = LLVM::CallOp::create(b, type, all);
    return result ? made.getResult() : Value();
  }

  LogicalResult rewriteShuffle(gpu::ShuffleOp op) {
    if (op.getMode() != gpu::ShuffleMode::XOR || op.getValue().getType().getIntOrFloatBitWidth() != 32 ||
        !op.getValid().use_empty()) {
      return failure();
    }
    const bool isFloat = isa<FloatType>(op.getValue().getType());
    Value own = LLVM::LoadOp::create(b, word, member(offsetof(EmulatedThread, thread)));
    Value lane = arith::XOrIOp::create(b, arith::AndIOp::create(b, own, number(31)), op.getOffset());
    Value value = isFloat ? Value(arith::BitcastOp::create(b, word, op.getValue())) : op.getValue();
    Value found = call(offsetof(EmulatedThread, shuffle), word, {place(), value, lane});
    op.getShuffleResult().replaceAllUsesWith(
        isFloat ? Value(arith::BitcastOp::create(b, op.getValue().getType(), found)) : found);
    op->erase();
    return success();
  }

  void check(Value address, Type type, bool write) {
    const int64_t bytes = type.isIntOrFloat() ? (type.getIntOrFloatBitWidth() + 7) / 8 : 8;
    Value plain = address;
    if (address.getType() != pointer) {
      plain = LLVM::AddrSpaceCastOp::create(b, pointer, address);
    }
    call(offsetof(EmulatedThread, access), {}, {plain, number(bytes), number(write ? 1 : 0)});
  }

  ImplicitLocOpBuilder b;
  func::FuncOp function;
  Type pointer, word;
  Value thread;
  int32_t places = 0;
};

/// Moves the kernel's body into a function of the module; its operands are loaded from their array.
LogicalResult convert(gpu::GPUFuncOp kernel, ModuleOp module) {
  ImplicitLocOpBuilder b(kernel.getLoc(), kernel.getContext());
  b.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto function = func::FuncOp::create(b, kernel.getName(), b.getFunctionType({pointer, pointer}, {}));
  function.getBody().takeBody(kernel.getBody());
  Block &entry = function.getBody().front();
  const unsigned count = entry.getNumArguments();
  Value operands = entry.insertArgument(0u, pointer, kernel.getLoc());
  entry.insertArgument(1u, pointer, kernel.getLoc());
  Rewriter rewriter(function);
  if (failed(rewriter.run())) {
    return failure();
  }
  b.setInsertionPointToStart(&entry);
  for (unsigned i = 0; i < count; ++i) {
    BlockArgument operand = entry.getArgument(2);
    Value at = LLVM::GEPOp::create(b, pointer, pointer, operands, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    operand.replaceAllUsesWith(LLVM::LoadOp::create(b, operand.getType(), at));
    entry.eraseArgument(2);
  }
  return success();
}

} // namespace

Result<std::string> compileToHostForm(gpu::GPUModuleOp kernels) {
  OwningOpRef<gpu::GPUModuleOp> copy(cast<gpu::GPUModuleOp>(kernels->clone()));
  OwningOpRef<ModuleOp> module(ModuleOp::create(kernels.getLoc()));
  std::string message;
  ScopedDiagnosticHandler collect(kernels.getContext(), [&](Diagnostic &diagnostic) {
    message += (message.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  for (auto kernel : llvm::make_early_inc_range(copy->getOps<gpu::GPUFuncOp>())) {
    if (failed(convert(kernel, *module))) {
      return fail(ErrorKind::Internal, "device code has no host form: " + message);
    }
  }
  Result<TargetCpu> host = TargetCpu::host();
  return host ? compileToObject(*module, *host) : fail(host);
}

} // namespace clew::compiler
