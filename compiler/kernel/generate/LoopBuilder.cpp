// Constants, memory and control of LoopBuilder; numbers are in LoopMath.cpp.
#include "compiler/kernel/generate/LoopBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numeric>

using namespace mlir;

namespace clew::compiler {

static int64_t lanesOf(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

static SmallVector<Value> valuesOf(ArrayRef<Expr> exprs) {
  SmallVector<Value> values;
  for (const Expr &expr : exprs) {
    values.push_back(expr.value);
  }
  return values;
}

static Exprs wrapAll(LoopBuilder &builder, ValueRange values) {
  Exprs exprs;
  for (Value value : values) {
    exprs.push_back(builder.wrap(value));
  }
  return exprs;
}

LoopBuilder::LoopBuilder(ModuleOp module, const TargetCpu &cpu)
    : builder(module.getLoc(), module.getContext()), module(module), target(cpu) {}

func::FuncOp LoopBuilder::kernel(StringRef symbol, int64_t operandCount, Body body) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto type = builder.getFunctionType({pointer, intType(64), intType(64), pointer}, {});
  auto function = func::FuncOp::create(builder, symbol, type);
  function.setArgAttr(3, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Exprs operands;
  for (int64_t i = 0; i < operandCount; ++i) {
    operands.push_back(load(at(wrap(entry->getArgument(0)), i64(i), pointer), pointer));
  }
  body(operands, wrap(entry->getArgument(1)), wrap(entry->getArgument(2)), wrap(entry->getArgument(3)));
  func::ReturnOp::create(builder);
  return function;
}

Type LoopBuilder::vectorOf(Type element, int64_t lanes) {
  return lanes == 1 ? element : VectorType::get({lanes}, element);
}

Expr LoopBuilder::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr attr = isa<FloatType>(element) ? TypedAttr(builder.getFloatAttr(element, value))
                                           : TypedAttr(builder.getIntegerAttr(element, int64_t(value)));
  if (auto vector = dyn_cast<VectorType>(type)) {
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  }
  return wrap(arith::ConstantOp::create(builder, attr));
}

Expr LoopBuilder::laneNumbers(int64_t lanes) {
  SmallVector<int32_t> numbers(lanes);
  std::iota(numbers.begin(), numbers.end(), 0);
  auto type = VectorType::get({lanes}, intType(32));
  return wrap(arith::ConstantOp::create(builder, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers))));
}

Expr LoopBuilder::splat(Expr scalar, int64_t lanes) {
  return lanes == 1 ? scalar : wrap(vector::BroadcastOp::create(builder, vectorOf(scalar.type(), lanes), scalar.value));
}

Expr LoopBuilder::firstLanes(Expr count, int64_t lanes) { return laneNumbers(lanes) < convertInt(count, 32); }

Expr LoopBuilder::slice(Expr vector, int64_t at, int64_t lanes) {
  if (lanesOf(vector.type()) == lanes) {
    return vector;
  }
  if (lanes == 1) {
    return lane(vector, at);
  }
  SmallVector<int64_t> picks(lanes);
  std::iota(picks.begin(), picks.end(), at);
  return wrap(vector::ShuffleOp::create(builder, vector.value, vector.value, picks));
}

Expr LoopBuilder::join(Expr low, Expr high) {
  SmallVector<int64_t> picks(2 * lanesOf(low.type()));
  std::iota(picks.begin(), picks.end(), 0);
  return wrap(vector::ShuffleOp::create(builder, low.value, high.value, picks));
}

Expr LoopBuilder::lane(Expr vector, int64_t at) {
  return wrap(vector::ExtractOp::create(builder, vector.value, ArrayRef<int64_t>{at}));
}

Expr LoopBuilder::bytesAt(Expr pointer, Expr bytes) { return at(pointer, bytes, intType(8)); }

Expr LoopBuilder::at(Expr pointer, Expr index, Type element) {
  return wrap(LLVM::GEPOp::create(builder, pointer.type(), element, pointer.value,
                                  ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(index.value)}, LLVM::GEPNoWrapFlags::inbounds));
}

static unsigned alignmentOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() / 8 : 8;
}

/// The constant mask of the first `count` lanes.
static Value firstOf(ImplicitLocOpBuilder &builder, int64_t count, int64_t lanes) {
  SmallVector<bool> bits(lanes, false);
  std::fill(bits.begin(), bits.begin() + count, true);
  auto type = VectorType::get({lanes}, builder.getI1Type());
  return arith::ConstantOp::create(builder, DenseElementsAttr::get(type, ArrayRef<bool>(bits)));
}

Expr LoopBuilder::load(Expr pointer, Type type) {
  return wrap(LLVM::LoadOp::create(builder, type, pointer.value, alignmentOf(type)));
}

Expr LoopBuilder::load(Expr pointer, Type type, int64_t count) {
  int64_t lanes = lanesOf(type);
  return count >= lanes ? load(pointer, type) : load(pointer, type, wrap(firstOf(builder, count, lanes)));
}

Expr LoopBuilder::load(Expr pointer, Type type, Expr mask) {
  return wrap(LLVM::MaskedLoadOp::create(builder, type, pointer.value, mask.value, constant(type, 0).value,
                                         builder.getI32IntegerAttr(alignmentOf(type)), UnitAttr()));
}

Expr LoopBuilder::loadIndex(Expr pointer, Expr index) {
  return convertInt(load(at(pointer, index, intType(32)), intType(32)), 64);
}

void LoopBuilder::store(Expr value, Expr pointer) {
  LLVM::StoreOp::create(builder, value.value, pointer.value, alignmentOf(value.type()));
}

void LoopBuilder::store(Expr value, Expr pointer, int64_t count) {
  int64_t lanes = lanesOf(value.type());
  if (count >= lanes) {
    store(value, pointer);
  } else {
    store(value, pointer, wrap(firstOf(builder, count, lanes)));
  }
}

void LoopBuilder::store(Expr value, Expr pointer, Expr mask) {
  LLVM::MaskedStoreOp::create(builder, value.value, pointer.value, mask.value,
                              builder.getI32IntegerAttr(alignmentOf(value.type())));
}

void LoopBuilder::prefetch(Expr pointer, int64_t level) {
  LLVM::Prefetch::create(builder, pointer.value, /*rw=*/0, /*hint=*/4 - level, /*cache=*/1);
}

Exprs LoopBuilder::loop(Expr begin, Expr end, int64_t step, ArrayRef<Expr> initial, LoopBody body) {
  auto loop = scf::ForOp::create(builder, begin.value, end.value, i64(step).value, valuesOf(initial));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = loop.getBody();
  if (initial.empty()) {
    block->getTerminator()->erase(); // made by create() where nothing is carried
  }
  builder.setInsertionPointToEnd(block);
  Exprs carried = body(wrap(loop.getInductionVar()), wrapAll(*this, loop.getRegionIterArgs()));
  scf::YieldOp::create(builder, valuesOf(carried));
  return wrapAll(*this, loop.getResults());
}

void LoopBuilder::loop(Expr begin, Expr end, int64_t step, llvm::function_ref<void(Expr)> body) {
  loop(begin, end, step, {}, [&](Expr index, ArrayRef<Expr>) {
    body(index);
    return Exprs();
  });
}

void LoopBuilder::ifThen(Expr condition, llvm::function_ref<void()> body) {
  auto branch = scf::IfOp::create(builder, condition.value, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenYield());
  body();
}

void LoopBuilder::ifElse(Expr condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(builder, condition.value, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenYield());
  then();
  builder.setInsertionPoint(branch.elseYield());
  otherwise();
}

Exprs LoopBuilder::choose(Expr condition, llvm::function_ref<Exprs()> then, llvm::function_ref<Exprs()> otherwise) {
  auto branch = scf::IfOp::create(
      builder, condition.value,
      [&](OpBuilder &inner, Location) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        scf::YieldOp::create(builder, valuesOf(then()));
      },
      [&](OpBuilder &inner, Location) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        scf::YieldOp::create(builder, valuesOf(otherwise()));
      });
  return wrapAll(*this, branch.getResults());
}

Expr LoopBuilder::select(Expr condition, Expr a, Expr b) {
  int64_t lanes = std::max(lanesOf(a.type()), lanesOf(b.type()));
  Expr wideA = lanesOf(a.type()) < lanes ? splat(a, lanes) : a;
  Expr wideB = lanesOf(b.type()) < lanes ? splat(b, lanes) : b;
  return wrap(arith::SelectOp::create(builder, condition.value, wideA.value, wideB.value));
}

} // namespace clew::compiler
