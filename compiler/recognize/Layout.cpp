// See Layout.h.
#include "compiler/recognize/Layout.h"

#include "llvm/ADT/STLExtras.h"

namespace clew::compiler {

Size sizeOf(const Atom &atom) {
  switch (atom.kind) {
  case Atom::Kind::Batch:
    return Size::batch();
  case Atom::Kind::Token:
  case Atom::Kind::Key:
    return Size::tokens();
  case Atom::Kind::Column:
    return atom.size;
  }
  return 1;
}

Size sizeOf(const Axis &axis) {
  Size size = 1;
  for (const Atom &atom : axis) {
    size = size * sizeOf(atom);
  }
  return size;
}

std::vector<Size> sizesOf(const Axes &axes) {
  std::vector<Size> sizes;
  for (const Axis &axis : axes) {
    sizes.push_back(sizeOf(axis));
  }
  return sizes;
}

Axis joined(Axis axis) {
  Axis out;
  for (const Atom &atom : axis) {
    if (atom.kind == Atom::Kind::Column && atom.size == 1) {
      continue;
    }
    if (!out.empty() && atom.kind == Atom::Kind::Column && out.back().kind == Atom::Kind::Column &&
        out.back().stride == atom.size * atom.stride) {
      out.back() = Atom::column(out.back().size * atom.size, atom.stride);
    } else {
      out.push_back(atom);
    }
  }
  return out;
}

/// Takes atoms of `left` that make `size`, cutting the last of them if it is one of columns.
static std::optional<Axis> take(Axis &left, const Size &size) {
  Axis axis;
  Size wanted = size;
  while (!wanted.isOne()) {
    if (left.empty()) {
      return std::nullopt;
    }
    Atom atom = left.front();
    if (const std::optional<Size> rest = wanted.over(sizeOf(atom))) {
      axis.push_back(atom);
      left.erase(left.begin());
      wanted = *rest;
      continue;
    }
    const std::optional<int64_t> columns = wanted.number();
    if (atom.kind != Atom::Kind::Column || !columns || *columns < 1 || atom.size % *columns != 0) {
      return std::nullopt;
    }
    const int64_t inner = atom.size / *columns;
    axis.push_back(Atom::column(*columns, atom.stride * inner));
    left.front() = Atom::column(inner, atom.stride);
    wanted = 1;
  }
  return joined(axis);
}

std::optional<Axes> regrouped(const Axes &axes, llvm::ArrayRef<Size> sizes) {
  Axis left;
  for (const Axis &axis : axes) {
    left.insert(left.end(), axis.begin(), axis.end());
  }
  left = joined(left);
  Axes out;
  for (const Size &size : sizes) {
    std::optional<Axis> axis = take(left, size);
    if (!axis) {
      return std::nullopt;
    }
    out.push_back(std::move(*axis));
  }
  return left.empty() ? std::optional(out) : std::nullopt;
}

bool isOnly(const Axis &axis, Atom::Kind kind) { return axis.size() == 1 && axis.front().kind == kind; }

bool endsInColumns(const Axes &axes, int64_t width) {
  if (axes.empty() || axes.back() != columnAxis(width)) {
    return false;
  }
  return llvm::all_of(llvm::ArrayRef(axes).drop_back(), [](const Axis &axis) {
    return llvm::none_of(axis, [](const Atom &atom) { return atom.kind == Atom::Kind::Column; });
  });
}

bool holds(const Axes &axes, Atom::Kind kind) {
  return llvm::any_of(
      axes, [&](const Axis &axis) { return llvm::any_of(axis, [&](const Atom &atom) { return atom.kind == kind; }); });
}

int axisOf(const Axes &axes, Atom::Kind kind) {
  for (size_t i = 0; i < axes.size(); ++i) {
    if (isOnly(axes[i], kind)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

} // namespace clew::compiler
