// Lets clang read MLIR 22's headers as C++23 on libstdc++ 12. Types.h makes an AttrTypeReplacer while mlir::Attribute is still incomplete.
// In C++23 its constructor counts as constexpr, so clang instantiates at once the destructors of the vectors of callbacks inside, which need
// the complete class. Here those two destructors are declared first and written once the classes are complete. g++ waits by itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mlir {
class Attribute;
class Type;
class WalkResult;
} // namespace mlir

namespace clew::compiler {
template <typename T> using ReplaceCallbacks = std::vector<std::function<std::optional<std::pair<T, mlir::WalkResult>>(T)>>;
} // namespace clew::compiler

namespace std {
template <> constexpr clew::compiler::ReplaceCallbacks<mlir::Attribute>::~vector() noexcept;
template <> constexpr clew::compiler::ReplaceCallbacks<mlir::Type>::~vector() noexcept;
} // namespace std

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Types.h"
#include "mlir/IR/Visitors.h"

// The elements; the memory is freed by the base class, as in every vector.
namespace std {
template <> constexpr clew::compiler::ReplaceCallbacks<mlir::Attribute>::~vector() noexcept { destroy(begin(), end()); }
template <> constexpr clew::compiler::ReplaceCallbacks<mlir::Type>::~vector() noexcept { destroy(begin(), end()); }
} // namespace std
