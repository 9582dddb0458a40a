// What the inference of result types asks of operands, and how it says what is wrong. Private to compiler/nn.
#pragma once

#include "compiler/nn/NN.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace clew::nn::infer {

using MaybeLocation = std::optional<mlir::Location>;
using Types = llvm::SmallVectorImpl<mlir::Type>;

template <typename... Words> llvm::LogicalResult reject(MaybeLocation loc, llvm::StringRef op, Words &&...words) {
  return mlir::emitOptionalError(loc, "'nn.", op, "' op ", std::forward<Words>(words)...);
}

/// The type of `value` as a matrix with static columns, or failure with a message.
inline llvm::FailureOr<mlir::RankedTensorType> matrix(MaybeLocation loc, llvm::StringRef op, llvm::StringRef name,
                                                      mlir::Value value) {
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
  if (!type || type.getRank() != 2 || type.isDynamicDim(1)) {
    return llvm::LogicalResult(reject(loc, op, name, " must be a matrix with static columns, found ", value.getType()));
  }
  if (type.isDynamicDim(0) && !levelOf(type)) {
    return llvm::LogicalResult(reject(loc, op, name, " must say what its rows run over, found ", type));
  }
  return type;
}

/// The level above that of the rows of `x`, which `offsets` cut.
inline llvm::FailureOr<LevelAttr> holderOf(MaybeLocation loc, llvm::StringRef op, mlir::RankedTensorType x,
                                           mlir::Value offsets) {
  OffsetsAttr cut = cutOf(offsets.getType());
  if (!cut) {
    return llvm::LogicalResult(reject(loc, op, "offsets must be tensor<?xi32> of offsets, found ", offsets.getType()));
  }
  if (LevelAttr level = levelOf(x); !level || level.getName() != cut.getLevel()) {
    return llvm::LogicalResult(
        reject(loc, op, "offsets cut ", cut.getLevel(), ", but the rows are ", x, ": expected those of one level"));
  }
  return LevelAttr::get(x.getContext(), cut.getParent());
}

/// `value` holds one `element` for each of `count` columns.
inline llvm::LogicalResult vectorOf(MaybeLocation loc, llvm::StringRef op, llvm::StringRef name, mlir::Value value,
                                    int64_t count, mlir::Type element) {
  auto expected = mlir::RankedTensorType::get({count}, element);
  return value.getType() == expected ? mlir::success()
                                     : reject(loc, op, name, " must be ", expected, ", found ", value.getType());
}

/// The type with `columns` columns of `element` in the rows of `like`.
inline mlir::RankedTensorType rowsOf(mlir::RankedTensorType like, int64_t columns, mlir::Type element) {
  return mlir::RankedTensorType::get({like.getDimSize(0), columns}, element, like.getEncoding());
}

inline mlir::RankedTensorType rowsOf(LevelAttr level, int64_t columns, mlir::Type element) {
  return mlir::RankedTensorType::get({mlir::ShapedType::kDynamic, columns}, element, level);
}

/// What an operand is called, what it is, and what it must be.
struct Expected {
  llvm::StringRef name;
  mlir::Value value;
  mlir::Type type;
};

inline llvm::LogicalResult matches(MaybeLocation loc, llvm::StringRef op, llvm::ArrayRef<Expected> operands) {
  for (const Expected &operand : operands) {
    if (operand.value.getType() != operand.type) {
      return reject(loc, op, operand.name, " must be ", operand.type, ", found ", operand.value.getType());
    }
  }
  return mlir::success();
}

} // namespace clew::nn::infer
