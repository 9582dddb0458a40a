// Two passes: parameters say how large the pieces are that they need; then each tensor is put together from its pieces
// (LayoutSolver.h).
#include "runtime/program/CheckpointLayout.h"

#include "runtime/program/LayoutSolver.h"

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
  bool addPiece(const TensorPart &part, Piece piece);
  Tensor *tensorFor(const TensorPart &part, size_t parameter);
  bool solveTensors(CheckpointLayout &layout);

  std::span<const Parameter> parameters;
  const CheckpointNames &names;
  std::vector<Tensor> tensors;                    ///< or stretches of them
  std::vector<std::vector<size_t>> groups;        ///< which of them are of one tensor, in the order of the tensors
  std::unordered_map<std::string, size_t> places; ///< of groups by the tensor's name
};

/// How many of the parameter's rows the part says that it makes, or unknown.
int64_t Layouter::rowsStated(const TensorPart &part, const Extents &shape) const {
  if (!part.shape.empty() && !isCut(part)) {
    const std::optional<int64_t> elements = elementsIn(part.shape);
    const int64_t size = rowSizeOf(shape);
    return elements && size > 0 && *elements % size == 0 ? *elements / size : unknown;
  }
  if (isAll(part.rows) && isAll(part.columns) && part.elements.kind == TensorRange::Kind::Span) {
    const int64_t size = rowSizeOf(shape);
    const int64_t elements = part.elements.to - std::max<int64_t>(part.elements.from, 0);
    return elements >= 0 && size > 0 && elements % size == 0 ? elements / size : unknown;
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
  if (!isAll(part.rows) || !isAll(part.columns) || !isAll(part.elements) || part.transpose) {
    return reject(piece.parameter,
                  fmt::format("expected the whole of the tensor '{}', whose shape is given, found rows, "
                              "columns, elements or transpose",
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

/// The tensor, or the stretch of it, that the part is cut out of; null if there are too many of them.
Tensor *Layouter::tensorFor(const TensorPart &part, size_t parameter) {
  const size_t index = places.try_emplace(part.tensor, groups.size()).first->second;
  if (index == groups.size()) {
    groups.emplace_back();
  }
  std::vector<size_t> &group = groups[index];
  const auto found =
      std::ranges::find_if(group, [&](size_t member) { return tensors[member].stretch == part.elements; });
  if (found != group.end()) {
    return &tensors[*found];
  }
  if (group.size() == mostPieces) {
    reject(parameter,
           fmt::format("expected at most {} stretches of the tensor '{}', found more", mostPieces, part.tensor));
    return nullptr;
  }
  group.push_back(tensors.size());
  tensors.push_back({.name = part.tensor, .stretch = part.elements});
  return &tensors.back();
}

bool Layouter::addPiece(const TensorPart &part, Piece piece) {
  const size_t parameter = piece.parameter;
  Tensor *tensor = tensorFor(part, parameter);
  if (!tensor) {
    return false;
  }
  if (!isAll(part.elements)) {
    if (!piece.whole.empty() && !tensor->said.empty() && piece.whole != tensor->said) {
      return reject(parameter, fmt::format("expected the tensor '{}' as [{}], as other parts of it say, found [{}]",
                                           part.tensor, fmt::join(tensor->said, ", "), fmt::join(piece.whole, ", ")));
    }
    tensor->said = piece.whole.empty() ? tensor->said : std::move(piece.whole);
    piece.whole.clear();
  }
  if (!piece.whole.empty() && piece.whole.size() != piece.sizes.size()) {
    return reject(parameter, fmt::format("expected {} extents in the shape of the tensor '{}', found {}",
                                         piece.sizes.size(), part.tensor, piece.whole.size()));
  }
  if (!tensor->pieces.empty() && tensor->pieces.front().sizes.size() != piece.sizes.size()) {
    return reject(parameter, fmt::format("expected the tensor '{}' with {} extents, as '{}' has it, found {}",
                                         part.tensor, tensor->pieces.front().sizes.size(),
                                         parameters[tensor->pieces.front().parameter].name, piece.sizes.size()));
  }
  if (tensor->pieces.size() == mostPieces) {
    return reject(parameter,
                  fmt::format("expected at most {} pieces of the tensor '{}', found more", mostPieces, part.tensor));
  }
  tensor->pieces.push_back(std::move(piece));
  return true;
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
        if (isCut(part) || !part.shape.empty() || !part.axes.empty()) {
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
      if (!cutPart(part, rows[block], piece) || !addPiece(part, std::move(piece))) {
        return false;
      }
      placed.push_back({0, {}, begin, part.plus, adds});
    }
    begin += rows[block] * rowSizeOf(parameters[parameter].shape);
  }
  return true;
}

bool Layouter::solveTensors(CheckpointLayout &layout) {
  LayoutSolver solver(parameters, names.form.ignore);
  for (Tensor &tensor : tensors) {
    if (std::optional<Fault> fault = solver.solve(tensor)) {
      return reject(fault->parameter, std::move(fault->why));
    }
  }
  for (const std::vector<size_t> &group : groups) {
    std::vector<Tensor *> stretches;
    for (const size_t index : group) {
      tensors[index].place = layout.tensors.size();
      stretches.push_back(&tensors[index]);
    }
    if (group.size() == 1 && isAll(stretches[0]->stretch)) {
      layout.tensors.push_back({stretches[0]->name, stretches[0]->shape});
      continue;
    }
    Tensor whole;
    if (std::optional<Fault> fault = solver.join(stretches, whole)) {
      return reject(fault->parameter, std::move(fault->why));
    }
    for (size_t i = 0; i < stretches.size(); ++i) {
      stretches[i]->begin = whole.pieces[i].begins.front();
    }
    layout.tensors.push_back({whole.name, whole.shape});
  }
  return true;
}

bool Layouter::run(CheckpointLayout &layout) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!cutParameter(i, layout.parameters.emplace_back())) {
      return false;
    }
  }
  if (!solveTensors(layout)) {
    return false;
  }
  for (const Tensor &tensor : tensors) {
    const Extents strides = rowMajor(tensor.shape);
    for (const Piece &piece : tensor.pieces) {
      PlacedPart &part = layout.parameters[piece.parameter][piece.part];
      part.tensor = tensor.place;
      part.slice.offset = tensor.begin;
      for (const int32_t axis : piece.order) {
        part.slice.offset += piece.begins[axis] * strides[axis];
        part.slice.shape.push_back(piece.sizes[axis]);
        part.slice.strides.push_back(strides[axis]);
      }
    }
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
