// See KernelConstants.h.
#include "compiler/passes/KernelConstants.h"

#include "runtime/program/Program.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace clew::compiler {

using Kind = kernel::ConstantKind;

std::optional<SmallVector<Attribute>> sourcesOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto get = dyn_cast_or_null<nn::GetOp>(op)) {
    return SmallVector<Attribute>{StringAttr::get(op->getContext(), get.getParameter())};
  }
  if (isa_and_nonnull<nn::CastOp, nn::QuantizeOp>(op)) {
    return sourcesOf(op->getOperand(0));
  }
  if (!isa_and_nonnull<nn::ConcatOp>(op)) {
    return std::nullopt;
  }
  SmallVector<Attribute> all;
  for (Value part : op->getOperands()) {
    auto sources = sourcesOf(part);
    if (!sources) {
      return std::nullopt;
    }
    llvm::append_range(all, *sources);
  }
  return all;
}

/// Whether all that reads the value multiplies by it, once it has the element type of the product.
static bool feedsProducts(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    return isa<nn::DequantizeOp>(user) || (isa<nn::LinearOp>(user) && use.getOperandNumber() == 1) ||
           (isa<nn::CastOp, nn::QuantizeOp>(user) && llvm::all_of(user->getResults(), feedsProducts));
  });
}

FlatSymbolRefAttr KernelConstants::get(Kind kind, ArrayRef<Attribute> sources, RankedTensorType type, StringAttr made,
                                       DictionaryAttr settings, int64_t gates) {
  OpBuilder builder(function);
  auto list = builder.getArrayAttr(sources);
  auto key =
      std::make_tuple(static_cast<int>(kind), Attribute(list), Type(type), Attribute(made), Attribute(settings), gates);
  auto [entry, isNew] = symbols.try_emplace(key);
  if (isNew) {
    std::string name = (kernel::stringifyConstantKind(kind) + "_" + Twine(symbols.size() - 1)).str();
    kernel::ConstantOp::create(builder, function.getLoc(), builder.getStringAttr(name),
                               kernel::ConstantKindAttr::get(builder.getContext(), kind), list, TypeAttr::get(type),
                               made, settings, builder.getI64IntegerAttr(gates));
    entry->second = FlatSymbolRefAttr::get(builder.getContext(), name);
  }
  return entry->second;
}

FlatSymbolRefAttr KernelConstants::matrix(Kind kind, Value value, RankedTensorType type) {
  if (auto sources = sourcesOf(value)) {
    return get(kind, *sources, type);
  }
  SmallVector<Attribute> parts;
  if (!stack(value, parts)) {
    return {};
  }
  MLIRContext *context = function.getContext();
  return get(kind, parts, type, StringAttr::get(context, kStackOp), DictionaryAttr::get(context));
}

/// Appends the constants that `value` consists of; false if it reads what a batch brings.
bool KernelConstants::stack(Value value, SmallVectorImpl<Attribute> &parts) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<nn::CastOp, nn::QuantizeOp>(op)) {
    return stack(op->getOperand(0), parts);
  }
  if (isa_and_nonnull<nn::ConcatOp>(op)) {
    return llvm::all_of(op->getOperands(), [&](Value part) { return stack(part, parts); });
  }
  FlatSymbolRefAttr constant = of(value);
  if (constant) {
    parts.push_back(constant.getAttr());
  }
  return bool(constant);
}

FlatSymbolRefAttr KernelConstants::of(Value value) {
  if (auto use = value.getDefiningOp<kernel::UseOp>()) {
    return use.getConstantAttr();
  }
  auto sources = sourcesOf(value);
  return sources ? get(Kind::Plain, *sources, cast<RankedTensorType>(value.getType())) : FlatSymbolRefAttr();
}

bool KernelConstants::isDerived(Operation *op) {
  auto graphOp = dyn_cast<nn::GraphOp>(op);
  if (!graphOp || isa<nn::GetOp, nn::CastOp, nn::QuantizeOp, kernel::UseOp>(op)) {
    return false;
  }
  auto concat = dyn_cast<nn::ConcatOp>(op);
  const bool isStack = concat && concat.getAxis() == 0 && feedsProducts(concat.getY());
  return !isStack && !sourcesOf(op->getResult(0)) &&
         llvm::all_of(op->getResultTypes(), [](Type type) { return cast<RankedTensorType>(type).hasStaticShape(); });
}

LogicalResult KernelConstants::lowerDerived(OpBuilder &builder, nn::GraphOp op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Attribute> sources;
  for (Value operand : op->getOperands()) {
    FlatSymbolRefAttr source = of(operand);
    if (!source) {
      return op->emitOpError("reads what is neither a parameter nor made of parameters");
    }
    sources.push_back(source.getAttr());
  }
  NamedAttrList settings;
  for (auto [name, value] : op.refAttributes()) {
    settings.set(name, builder.getF64FloatAttr(value));
  }
  auto made = builder.getStringAttr(op->getName().stripDialect());
  FlatSymbolRefAttr symbol = get(Kind::Derived, sources, type, made, settings.getDictionary(op->getContext()));
  op->getResult(0).replaceAllUsesWith(kernel::UseOp::create(builder, op->getLoc(), type, symbol));
  op->erase();
  return success();
}

} // namespace clew::compiler
