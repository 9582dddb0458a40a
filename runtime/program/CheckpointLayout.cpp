// Two passes: parameters say how large the pieces are that they need; then each tensor is put together from its pieces, which
// gives its extents and shows overlaps and holes.
#include "runtime/program/CheckpointLayout.h"

#include "runtime/program/LayoutPieces.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace clew {
namespace {

using namespace layout;

/// Pieces that one tensor may be cut into: each is compared with each.
constexpr size_t mostPieces = 1024;

class Layouter {
public:
  Layouter(std::span<const Parameter> parameters, const CheckpointNames &names)
      : parameters(parameters), names(names) {}

  bool run(CheckpointLayout &layout);

  std::string problem;
  size_t faulty = 0; ///< the parameter that it is about

private:
  bool reject(size_t parameter, std::string why) {
    faulty = parameter;
    problem = fmt::format("parameter '{}': {}", parameters[parameter].name, why);
    return false;
  }

  bool cutParameter(size_t parameter, std::vector<PlacedPart> &placed);
  bool countRows(size_t parameter, Extents &rows);
  int64_t rowsStated(const TensorPart &part, const Extents &shape) const;
  bool cutPart(const TensorPart &part, int64_t rows, Piece &piece);
  bool cutShaped(const TensorPart &part, int64_t rows, Piece &piece);
  Tensor &tensorNamed(const std::string &name, size_t &index);

  bool solveTensor(Tensor &tensor);
  bool solveAxis(Tensor &tensor, size_t axis);
  bool placeOnAxis(const Tensor &tensor, Piece &piece, size_t axis, int64_t extent);
  bool checkCover(const Tensor &tensor);

  std::span<const Parameter> parameters;
  const CheckpointNames &names;
  std::vector<Tensor> tensors;
  std::unordered_map<std::string, size_t> places; ///< of tensors by name
};

/// How many of the parameter's rows the part says that it makes, or unknown.
int64_t Layouter::rowsStated(const TensorPart &part, const Extents &shape) const {
  if (!part.shape.empty() && !isCut(part)) {
    const std::optional<int64_t> elements = elementsIn(part.shape);
    const int64_t size = rowSizeOf(shape);
    return elements && size > 0 && *elements % size == 0 ? *elements / size : unknown;
  }
  const bool columns = shape.size() == 1 ? isAll(part.rows) || isRowOfMatrix(part) : part.transpose;
  const TensorRange &range = columns ? part.columns : part.rows;
  return range.kind == TensorRange::Kind::Span && range.from >= 0 && range.to >= range.from ? range.to - range.from
                                                                                            : unknown;
}

/// The rows of each block. Those that do not say it share equally what is left.
bool Layouter::countRows(size_t parameter, Extents &rows) {
  const Extents &shape = parameters[parameter].shape;
  const TensorRecipe &recipe = names.tensors[parameter];
  int64_t left = shape.empty() ? 1 : shape[0];
  int64_t open = 0;
  if (recipe.blocks.size() == 1) {
    rows = {left};
    return true;
  }
  for (const std::vector<TensorPart> &block : recipe.blocks) {
    int64_t &count = rows.emplace_back(unknown);
    for (const TensorPart &part : block) {
      count = count == unknown ? rowsStated(part, shape) : count;
    }
    open += count == unknown ? 1 : 0;
    left -= count == unknown ? 0 : std::min(count, left + 1);
  }
  if (left < 0 || (open == 0 && left > 0) || (open > 0 && left % open != 0)) {
    return reject(parameter, fmt::format("expected blocks of {} rows in all, found {}", shape.empty() ? 1 : shape[0],
                                         left < 0    ? "more"
                                         : open == 0 ? fmt::format("{} fewer", left)
                                                     : fmt::format("{} left for {} equal ones", left, open)));
  }
  for (int64_t &count : rows) {
    count = count == unknown ? left / open : count;
  }
  return true;
}

/// A part with extents and axes of its own.
bool Layouter::cutShaped(const TensorPart &part, int64_t rows, Piece &piece) {
  const std::optional<int64_t> elements = elementsIn(part.shape);
  const int64_t wanted = rows * rowSizeOf(parameters[piece.parameter].shape);
  if (elements != wanted) {
    return reject(piece.parameter, fmt::format("expected {} elements of the tensor '{}', found the shape [{}]", wanted,
                                               part.tensor, fmt::join(part.shape, ", ")));
  }
  if (!isAll(part.rows) || !isAll(part.columns) || part.transpose) {
    return reject(piece.parameter,
                  fmt::format("expected the whole of the tensor '{}', whose shape is given, found rows, "
                              "columns or transpose",
                              part.tensor));
  }
  piece.sizes = part.shape;
  piece.ranges.resize(part.shape.size());
  piece.order.resize(part.shape.size());
  std::iota(piece.order.begin(), piece.order.end(), 0);
  if (!part.axes.empty()) {
    if (!std::ranges::is_permutation(part.axes, piece.order)) {
      return reject(piece.parameter,
                    fmt::format("expected each of the axes 0 to {} of the tensor '{}' once, found [{}]",
                                part.shape.size() - 1, part.tensor, fmt::join(part.axes, ", ")));
    }
    piece.order = part.axes;
  }
  return true;
}

bool Layouter::cutPart(const TensorPart &part, int64_t rows, Piece &piece) {
  const Extents &shape = parameters[piece.parameter].shape;
  if (!part.shape.empty() && !isCut(part)) {
    return cutShaped(part, rows, piece);
  }
  piece.whole = part.shape;
  if (!part.axes.empty()) {
    return reject(piece.parameter, fmt::format("expected the shape of the tensor '{}' beside its axes", part.tensor));
  }
  if (shape.size() == 1 && (isRowOfMatrix(part) || isColumnOfMatrix(part))) {
    piece.sizes = isRowOfMatrix(part) ? Extents{1, rows} : Extents{rows, 1};
    piece.ranges = {part.rows, part.columns};
    piece.order = {0, 1};
    return true;
  }
  if (shape.size() == 1) {
    if (!isAll(part.rows) && !isAll(part.columns)) {
      return reject(
          piece.parameter,
          fmt::format("expected rows or columns of '{}', which is a vector here, or one row or column of a matrix, "
                      "as [2, 3]; found both",
                      part.tensor));
    }
    piece.sizes = {rows};
    piece.ranges = {isAll(part.rows) ? part.columns : part.rows};
    piece.order = {0};
    return true;
  }
  if (shape.size() == 2) {
    piece.sizes = part.transpose ? Extents{shape[1], rows} : Extents{rows, shape[1]};
    piece.ranges = {part.rows, part.columns};
    piece.order = part.transpose ? std::vector<int32_t>{1, 0} : std::vector<int32_t>{0, 1};
    return true;
  }
  if (!isAll(part.rows) || !isAll(part.columns) || part.transpose) {
    return reject(piece.parameter, fmt::format("expected shape and axes of the tensor '{}', since the parameter has {} "
                                               "extents, found rows, columns or transpose",
                                               part.tensor, shape.size()));
  }
  piece.sizes = shape;
  if (!shape.empty()) {
    piece.sizes[0] = rows;
  }
  piece.ranges.resize(shape.size());
  piece.order.resize(shape.size());
  std::iota(piece.order.begin(), piece.order.end(), 0);
  return true;
}

Tensor &Layouter::tensorNamed(const std::string &name, size_t &index) {
  index = places.try_emplace(name, tensors.size()).first->second;
  if (index == tensors.size()) {
    tensors.push_back({name, {}, {}});
  }
  return tensors[index];
}

bool Layouter::cutParameter(size_t parameter, std::vector<PlacedPart> &placed) {
  Extents rows;
  if (!countRows(parameter, rows)) {
    return false;
  }
  const TensorRecipe &recipe = names.tensors[parameter];
  int64_t begin = 0;
  for (size_t block = 0; block < recipe.blocks.size(); ++block) {
    for (const TensorPart &part : recipe.blocks[block]) {
      const bool adds = &part != recipe.blocks[block].data();
      if (isFill(part)) {
        if (!isAll(part.rows) || !isAll(part.columns) || !part.shape.empty() || !part.axes.empty()) {
          return reject(parameter, "expected a number that fills what is wanted, found parts of it");
        }
        if (recipe.blocks[block].size() > 1) {
          return reject(parameter,
                        "expected a number that fills by itself, found one in a sum; `plus` adds to a tensor");
        }
        const int64_t count = rows[block] * rowSizeOf(parameters[parameter].shape);
        placed.push_back({PlacedPart::noTensor, {0, {count}, {0}}, begin, part.plus, adds});
        continue;
      }
      Piece piece{parameter, placed.size(), {}, {}, {}, {}};
      if (!cutPart(part, rows[block], piece)) {
        return false;
      }
      if (!piece.whole.empty() && piece.whole.size() != piece.sizes.size()) {
        return reject(parameter, fmt::format("expected {} extents in the shape of the tensor '{}', found {}",
                                             piece.sizes.size(), part.tensor, piece.whole.size()));
      }
      size_t index = 0;
      Tensor &tensor = tensorNamed(part.tensor, index);
      if (!tensor.pieces.empty() && tensor.pieces.front().sizes.size() != piece.sizes.size()) {
        return reject(parameter, fmt::format("expected the tensor '{}' with {} extents, as '{}' has it, found {}",
                                             part.tensor, tensor.pieces.front().sizes.size(),
                                             parameters[tensor.pieces.front().parameter].name, piece.sizes.size()));
      }
      if (tensor.pieces.size() == mostPieces) {
        return reject(parameter, fmt::format("expected at most {} pieces of the tensor '{}', found more", mostPieces,
                                             part.tensor));
      }
      tensor.pieces.push_back(std::move(piece));
      placed.push_back({index, {}, begin, part.plus, adds});
    }
    begin += rows[block] * rowSizeOf(parameters[parameter].shape);
  }
  return true;
}

/// The tensor's extent along one axis: what a piece implies that reaches to its end, else the end of the last one.
bool Layouter::solveAxis(Tensor &tensor, size_t axis) {
  int64_t extent = unknown;
  int64_t reach = 0;
  int64_t first = unknown;
  int64_t last = unknown;
  for (const Piece &piece : tensor.pieces) {
    const TensorRange &range = piece.ranges[axis];
    const int64_t size = piece.sizes[axis];
    int64_t implied = unknown;
    bool overflow = false;
    switch (range.kind) {
    case TensorRange::Kind::All:
      implied = size;
      break;
    case TensorRange::Kind::Share:
      overflow = __builtin_mul_overflow(size, range.to, &implied);
      break;
    case TensorRange::Kind::Span:
      if (range.to == TensorRange::wholeRest) {
        overflow = __builtin_add_overflow(range.from, size, &implied);
      }
      reach = std::max(reach, range.to);
      break;
    case TensorRange::Kind::First:
      first = std::max(first, size);
      break;
    case TensorRange::Kind::Last:
      last = std::max(last, size);
      break;
    }
    const int64_t said = piece.whole.empty() ? unknown : piece.whole[axis];
    if (implied != unknown && said != unknown && implied != said) {
      return reject(piece.parameter, fmt::format("expected the tensor '{}' with {} {}, as its shape says, found {}",
                                                 tensor.name, said, axis == 0 ? "rows" : "columns", implied));
    }
    implied = said == unknown ? implied : said;
    if (overflow || (implied != unknown && extent != unknown && implied != extent)) {
      return reject(piece.parameter,
                    fmt::format("expected the tensor '{}' with {} {}, as other parts of it say, found {}", tensor.name,
                                extent, axis == 0 ? "rows" : "columns",
                                overflow ? "too many" : std::to_string(implied)));
    }
    extent = implied == unknown ? extent : implied;
  }
  if (extent == unknown && last != unknown && first == unknown && reach == 0) {
    return reject(tensor.pieces.front().parameter,
                  fmt::format("expected something that says where the last {} of the tensor '{}' begin, found nothing",
                              axis == 0 ? "rows" : "columns", tensor.name));
  }
  if (extent == unknown) {
    extent = std::max(reach, std::max<int64_t>(first, 0) + std::max<int64_t>(last, 0));
  }
  tensor.shape.push_back(extent);
  return std::ranges::all_of(tensor.pieces, [&](Piece &piece) { return placeOnAxis(tensor, piece, axis, extent); });
}

bool Layouter::placeOnAxis(const Tensor &tensor, Piece &piece, size_t axis, int64_t extent) {
  const TensorRange &range = piece.ranges[axis];
  const int64_t size = piece.sizes[axis];
  int64_t begin = 0;
  if (range.kind == TensorRange::Kind::Share) {
    begin = (range.from - 1) * size; // the product with range.to fits
  } else if (range.kind == TensorRange::Kind::Span) {
    begin = range.from;
  } else if (range.kind == TensorRange::Kind::Last) {
    begin = extent - size;
  }
  const bool spans = range.kind == TensorRange::Kind::Span && range.to != TensorRange::wholeRest;
  if (begin < 0 || size > extent || begin > extent - size || (spans && range.to - range.from != size)) {
    return reject(piece.parameter,
                  fmt::format("expected {} of the {} {} of the tensor '{}', found {} to {}", size, extent,
                              axis == 0 ? "rows" : "columns", tensor.name, begin, spans ? range.to : begin + size));
  }
  piece.begins.push_back(begin);
  return true;
}

/// Every element is read once.
bool Layouter::checkCover(const Tensor &tensor) {
  const std::optional<int64_t> all = elementsIn(tensor.shape);
  if (!all) {
    return reject(tensor.pieces.front().parameter,
                  fmt::format("expected the tensor '{}' of a possible size, found [{}]", tensor.name,
                              fmt::join(tensor.shape, ", ")));
  }
  int64_t read = 0;
  for (size_t i = 0; i < tensor.pieces.size(); ++i) {
    const Piece &piece = tensor.pieces[i];
    for (size_t j = 0; j < i; ++j) {
      if (!disjoint(piece, tensor.pieces[j])) {
        return reject(piece.parameter,
                      fmt::format("expected each element of the tensor '{}' in one place, found some that '{}' has too",
                                  tensor.name, parameters[tensor.pieces[j].parameter].name));
      }
    }
    read += *elementsIn(piece.sizes);
  }
  // Parameters that nobody asked for may have the rest.
  if (read != *all && std::ranges::find(names.form.ignore, tensor.name) == names.form.ignore.end()) {
    return reject(
        tensor.pieces.front().parameter,
        fmt::format("expected all {} elements of the tensor '{}' [{}] to be read, found {} that no parameter reads",
                    *all, tensor.name, fmt::join(tensor.shape, ", "), *all - read));
  }
  return true;
}

bool Layouter::solveTensor(Tensor &tensor) {
  for (size_t axis = 0; axis < tensor.pieces.front().sizes.size(); ++axis) {
    if (!solveAxis(tensor, axis)) {
      return false;
    }
  }
  return checkCover(tensor);
}

bool Layouter::run(CheckpointLayout &layout) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!cutParameter(i, layout.parameters.emplace_back())) {
      return false;
    }
  }
  for (Tensor &tensor : tensors) {
    if (!solveTensor(tensor)) {
      return false;
    }
    const Extents strides = rowMajor(tensor.shape);
    for (const Piece &piece : tensor.pieces) {
      TensorSlice &slice = layout.parameters[piece.parameter][piece.part].slice;
      for (const int32_t axis : piece.order) {
        slice.offset += piece.begins[axis] * strides[axis];
        slice.shape.push_back(piece.sizes[axis]);
        slice.strides.push_back(strides[axis]);
      }
    }
    layout.tensors.push_back({tensor.name, tensor.shape});
  }
  return true;
}

/// Without names of their own, tensors are called like the parameters.
CheckpointNames namesOrOwn(std::span<const Parameter> parameters, const CheckpointNames &names) {
  CheckpointNames own = names;
  for (size_t i = names.tensors.size(); i < parameters.size(); ++i) {
    own.tensors.push_back(TensorRecipe::sum({parameters[i].name}));
  }
  return own;
}

} // namespace

int64_t TensorSlice::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

bool TensorSlice::isDense() const {
  int64_t expected = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) {
      return false;
    }
    expected *= shape[i];
  }
  return true;
}

Result<CheckpointLayout> layOutCheckpoint(std::span<const Parameter> parameters, const CheckpointNames &names,
                                          std::span<const std::string> places) {
  const CheckpointNames all = namesOrOwn(parameters, names);
  Layouter layouter(parameters, all);
  CheckpointLayout layout;
  if (!layouter.run(layout)) {
    return fail(ErrorKind::BadInput, std::move(layouter.problem),
                layouter.faulty < places.size() ? places[layouter.faulty] : "");
  }
  return layout;
}

} // namespace clew
