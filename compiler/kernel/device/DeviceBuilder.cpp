// See DeviceBuilder.h.
#include "compiler/kernel/device/DeviceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace clew::compiler {
namespace {

constexpr unsigned globalSpace = 1; ///< NVPTX's numbers
constexpr unsigned sharedSpace = 3;
constexpr StringLiteral sharedName = "shared";

/// A thread has no vectors.
const TargetCpu &oneThread() {
  static const TargetCpu cpu = [] {
    TargetCpu one;
    one.lanes = 1;
    return one;
  }();
  return cpu;
}

} // namespace

DeviceBuilder::DeviceBuilder(ModuleOp module, gpu::GPUModuleOp kernels)
    : LoopBuilder(module, oneThread()), kernels(kernels) {
  OpBuilder::InsertionGuard guard(ops());
  ops().setInsertionPointToStart(kernels.getBody());
  // Of no size: a launch says how large it is.
  auto type = LLVM::LLVMArrayType::get(ops().getI8Type(), 0);
  LLVM::GlobalOp::create(ops(), type, /*isConstant=*/false, LLVM::Linkage::External, sharedName, Attribute(),
                         /*alignment=*/16, sharedSpace);
}

void DeviceBuilder::deviceKernel(StringRef symbol, int64_t operandCount, int64_t threads, Body body) {
  OpBuilder::InsertionGuard guard(ops());
  ops().setInsertionPointToEnd(kernels.getBody());
  Type pointer = LLVM::LLVMPointerType::get(ops().getContext(), globalSpace);
  SmallVector<Type> types(operandCount, pointer);
  auto function = gpu::GPUFuncOp::create(ops(), symbol, ops().getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), ops().getUnitAttr());
  function.setKnownBlockSize(ArrayRef<int32_t>{static_cast<int32_t>(threads), 1, 1});
  // Says that one block on a multiprocessor will do: otherwise ptxas saves registers for more of them, and spills.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), ops().getI32IntegerAttr(1));
  ops().setInsertionPointToStart(&function.getBody().front());
  Exprs operands;
  for (BlockArgument argument : function.getBody().getArguments()) {
    operands.push_back(wrap(argument));
  }
  body(operands);
  gpu::ReturnOp::create(ops());
}

Expr DeviceBuilder::shared() {
  auto pointer = LLVM::LLVMPointerType::get(ops().getContext(), sharedSpace);
  return wrap(LLVM::AddressOfOp::create(ops(), pointer, sharedName));
}

void DeviceBuilder::barrier() { gpu::BarrierOp::create(ops()); }

void DeviceBuilder::warpBarrier() { NVVM::SyncWarpOp::create(ops(), constant(intType(32), -1).value); }

Expr DeviceBuilder::shuffleXor(Expr value, int64_t mask) {
  return wrap(gpu::ShuffleOp::create(ops(), value.value, static_cast<int32_t>(mask), static_cast<int32_t>(kWarp),
                                     gpu::ShuffleMode::XOR)
                  .getShuffleResult());
}

Expr DeviceBuilder::joinThreads(Expr value, int64_t threads, Join join) {
  for (int64_t away = threads / 2; away >= 1; away /= 2) {
    value = join(value, shuffleXor(value, away));
  }
  return value;
}

Exprs DeviceBuilder::whileLoop(ArrayRef<Expr> initial, llvm::function_ref<Expr(ArrayRef<Expr>)> condition,
                               llvm::function_ref<Exprs(ArrayRef<Expr>)> body) {
  SmallVector<Value> values;
  SmallVector<Type> types;
  for (const Expr &expr : initial) {
    values.push_back(expr.value);
    types.push_back(expr.type());
  }
  auto wrapped = [&](ValueRange range) {
    return Exprs(llvm::map_range(range, [&](Value value) { return wrap(value); }));
  };
  auto emit = [&](OpBuilder &inner, llvm::function_ref<void()> write) {
    OpBuilder::InsertionGuard guard(ops());
    ops().restoreInsertionPoint(inner.saveInsertionPoint());
    write();
  };
  auto loop = scf::WhileOp::create(
      ops(), types, values,
      [&](OpBuilder &inner, Location, ValueRange carried) {
        emit(inner, [&] { scf::ConditionOp::create(ops(), condition(wrapped(carried)).value, carried); });
      },
      [&](OpBuilder &inner, Location, ValueRange carried) {
        emit(inner, [&] {
          SmallVector<Value> next;
          for (const Expr &expr : body(wrapped(carried))) {
            next.push_back(expr.value);
          }
          scf::YieldOp::create(ops(), next);
        });
      });
  return wrapped(loop.getResults());
}

Expr DeviceBuilder::findHolder(Expr offsets, Expr count, Expr element) {
  // offsets[low] <= element < offsets[high]
  return whileLoop(
      {i64(0), count}, [&](ArrayRef<Expr> ends) { return ends[0] + 1 < ends[1]; },
      [&](ArrayRef<Expr> ends) -> Exprs {
        Expr middle = shiftRight(ends[0] + ends[1], 1);
        Expr isBefore = element < loadIndex(offsets, middle);
        return {select(isBefore, ends[0], middle), select(isBefore, middle, ends[1])};
      })[0];
}

} // namespace clew::compiler
