// Layout: where the rows and columns of a matrix of nn stand in the axes of an ONNX tensor. Reshape, Transpose, Squeeze and the like do not
// change a number; they move what axes are made of. So a tensor is known by its matrix and, for each axis, the atoms that the axis counts,
// the outermost first: heads are an atom of the columns.
#pragma once

#include "compiler/recognize/Size.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <vector>

namespace clew::compiler {

struct Atom {
  enum class Kind : uint8_t {
    Batch,  ///< the sequences
    Token,  ///< the places of a sequence
    Key,    ///< the places that those of a score look at
    Column, ///< `size` columns, `stride` apart
  } kind = Kind::Batch;
  int64_t size = 0;
  int64_t stride = 0;

  static Atom column(int64_t size, int64_t stride = 1) { return {Kind::Column, size, stride}; }
  bool operator==(const Atom &) const = default;
};

using Axis = std::vector<Atom>; ///< none: an axis of 1
using Axes = std::vector<Axis>;

inline Axis batchAxis() { return {{Atom::Kind::Batch}}; }
inline Axis tokenAxis() { return {{Atom::Kind::Token}}; }
inline Axis columnAxis(int64_t width) { return width == 1 ? Axis() : Axis{Atom::column(width)}; }

Size sizeOf(const Atom &atom);
Size sizeOf(const Axis &axis);
std::vector<Size> sizesOf(const Axes &axes);

/// Neighbouring atoms of columns become one where they are one run.
Axis joined(Axis axis);

/// The same elements in the same order, as axes of these sizes; nothing if an atom would have to be cut that cannot be.
std::optional<Axes> regrouped(const Axes &axes, llvm::ArrayRef<Size> sizes);

/// Whether axis `index` is just that kind of atom.
bool isOnly(const Axis &axis, Atom::Kind kind);
/// Whether the last axis is all `width` columns in order, and no other has any.
bool endsInColumns(const Axes &axes, int64_t width);
bool holds(const Axes &axes, Atom::Kind kind);
/// The axis that is just this kind of atom; -1 if none is.
int axisOf(const Axes &axes, Atom::Kind kind);

} // namespace clew::compiler
