// Ops that move elements and compute nothing: they know sizes of elements and not their types.
#include "runtime/evaluate/Elementwise.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <numeric>

namespace clew::onnx {
namespace {

/// An output whose element at an index is that of `from` at offset + sum of index * stride.
void gatherStrided(Call &call, size_t output, const Array &from, int64_t offset, const Shape &dims,
                   const Shape &strides) {
  Array *to = call.out(output, from.type, dims);
  if (!to || to->count() == 0) {
    return;
  }
  const Walk<1> walk = walkOver<1>(dims, {strides});
  const int64_t inner = walk.inner();
  withElement(from.type, [&]<typename T>() {
    const T *x = elements<T>(from) + offset;
    T *y = elementsTo<T>(*to);
    inParallel(call.threads, walk.outer(), std::max<int64_t>(1, 16384 / inner), [&](int64_t begin, int64_t end) {
      T *row = y + begin * inner;
      walk.rows(begin, end, [&](const auto &at, int64_t count, const auto &steps) {
        const T *p = x + at[0];
        if (steps[0] == 1) {
          std::copy_n(p, count, row);
        } else {
          for (int64_t i = 0; i < count; ++i) {
            row[i] = p[i * steps[0]];
          }
        }
        row += count;
      });
    });
  });
}

void transpose(Call &call) {
  const Array &x = call.in(0);
  Shape order = call.integers("perm");
  if (!call.attribute("perm")) {
    order.resize(x.dims.size());
    std::iota(order.rbegin(), order.rend(), 0);
  }
  if (!call.ok() || !call.need(order.size() == x.dims.size(), "expected an order of {} axes", x.rank())) {
    return;
  }
  const Shape own = stridesOf(x.dims);
  std::vector<bool> seen(order.size());
  Shape dims;
  Shape strides;
  for (const int64_t given : order) {
    const auto axis = static_cast<size_t>(call.axisOf(given, x.rank()));
    if (!call.ok() || !call.need(!seen[axis], "expected each axis once")) {
      return;
    }
    seen[axis] = true;
    dims.push_back(x.dims[axis]);
    strides.push_back(own[axis]);
  }
  gatherStrided(call, 0, x, 0, dims, strides);
}

void expand(Call &call) {
  const Array &x = call.in(0);
  const Shape dims = call.ok() ? broadcast(call, x.dims, call.numbersOf(1)) : Shape();
  if (call.ok()) {
    gatherStrided(call, 0, x, 0, dims, broadcastStrides(x.dims, dims));
  }
}

void tile(Call &call) {
  const Array &x = call.in(0);
  const Shape repeats = call.numbersOf(1);
  if (!call.ok() ||
      !call.need(repeats.size() == x.dims.size(), "expected {} repeats, found {}", x.rank(), repeats.size())) {
    return;
  }
  // Each axis as two, of which the outer one moves nothing.
  const Shape own = stridesOf(x.dims);
  Shape dims;
  Shape wide;
  Shape strides;
  for (size_t i = 0; i < repeats.size(); ++i) {
    if (!call.need(repeats[i] >= 0 && repeats[i] < (int64_t{1} << 40), "expected repeats from 0 on")) {
      return;
    }
    wide.insert(wide.end(), {repeats[i], x.dims[i]});
    strides.insert(strides.end(), {0, own[i]});
    int64_t extent = 0;
    if (!call.need(!__builtin_mul_overflow(repeats[i], x.dims[i], &extent), "expected smaller repeats")) {
      return;
    }
    dims.push_back(extent);
  }
  gatherStrided(call, 0, x, 0, wide, strides);
  if (call.ok()) {
    call.outputs[0].array.dims = dims;
  }
}

void slice(Call &call) {
  const Array &x = call.in(0);
  const bool inputs = call.inputs.size() > 1;
  const Shape starts = inputs ? call.numbersOf(1) : call.integers("starts");
  const Shape ends = inputs ? call.numbersOf(2) : call.integers("ends");
  Shape axes = call.has(3) ? call.numbersOf(3) : call.integers("axes");
  Shape steps = call.has(4) ? call.numbersOf(4) : Shape(starts.size(), 1);
  if (axes.empty() && !call.has(3)) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (!call.need(starts.size() == ends.size() && starts.size() == axes.size() && starts.size() == steps.size(),
                 "expected as many starts, ends, axes and steps")) {
    return;
  }
  Shape dims = x.dims;
  Shape strides = stridesOf(x.dims);
  int64_t offset = 0;
  std::vector<bool> seen(dims.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<size_t>(call.axisOf(axes[i], x.rank()));
    if (!call.ok() || !call.need(steps[i] != 0 && steps[i] != INT64_MIN && !seen[axis],
                                 "expected steps that are not 0 and each axis once")) {
      return;
    }
    seen[axis] = true;
    const int64_t extent = x.dims[axis];
    const bool back = steps[i] < 0;
    const auto cut = [&](int64_t at) {
      at = at < 0 ? std::max<int64_t>(at + extent, -1) : at;
      return back ? std::clamp<int64_t>(at, -1, extent - 1) : std::clamp<int64_t>(at, 0, extent);
    };
    // -1 as an end that counts from the end is the last element: only what is below that is before the first.
    const int64_t begin = starts[i] < 0 && starts[i] + extent < 0 ? (back ? -1 : 0) : cut(starts[i]);
    const int64_t end = ends[i] < 0 && ends[i] + extent < 0 ? (back ? -1 : 0) : cut(ends[i]);
    const int64_t span = back ? begin - end : end - begin;
    const int64_t step = back ? -steps[i] : steps[i];
    dims[axis] = span <= 0 ? 0 : (span - 1) / step + 1;
    offset += dims[axis] == 0 ? 0 : begin * strides[axis];
    strides[axis] *= dims[axis] <= 1 ? 1 : steps[i];
  }
  gatherStrided(call, 0, x, offset, dims, strides);
}

/// Copies `part` into `to` beginning at `at` on an axis.
void place(const Array &part, Array &to, size_t axis, int64_t at) {
  const std::span<const int64_t> dims(part.dims);
  const int64_t outer = product(dims.first(axis));
  const int64_t inner = product(dims.subspan(axis));
  const int64_t row = product(std::span<const int64_t>(to.dims).subspan(axis));
  const int64_t from = at * product(std::span<const int64_t>(to.dims).subspan(axis + 1));
  withElement(to.type, [&]<typename T>() {
    for (int64_t i = 0; i < outer; ++i) {
      std::copy_n(elements<T>(part) + i * inner, inner, elementsTo<T>(to) + i * row + from);
    }
  });
}

void joinParts(Call &call, const std::vector<Array> &parts, int64_t given) {
  if (!call.need(!parts.empty(), "expected tensors, found none")) {
    return;
  }
  const auto axis = static_cast<size_t>(call.axisOf(given, parts[0].rank()));
  Shape dims = parts[0].dims;
  if (!call.ok()) {
    return;
  }
  dims[axis] = 0;
  for (const Array &part : parts) {
    Shape rest = part.dims;
    if (!call.need(part.type == parts[0].type && rest.size() == dims.size(), "expected tensors of one type and rank")) {
      return;
    }
    rest[axis] = dims[axis];
    if (!call.need(rest == dims, "expected shapes that differ at axis {} alone, found {} and {}", axis,
                   renderShape(parts[0].dims), renderShape(part.dims))) {
      return;
    }
    dims[axis] += part.dims[axis];
  }
  if (Array *to = call.out(0, parts[0].type, dims)) {
    int64_t at = 0;
    for (const Array &part : parts) {
      place(part, *to, axis, at);
      at += part.dims[axis];
    }
  }
}

void concat(Call &call) {
  std::vector<Array> parts;
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    parts.push_back(call.in(i));
  }
  if (call.ok()) {
    joinParts(call, parts, call.integer("axis", call.opset < 4 ? 1 : 0));
  }
}

void split(Call &call) {
  const Array &x = call.in(0);
  const int64_t axis = call.axisOf(call.integer("axis"), x.rank());
  Shape sizes = call.has(1) ? call.numbersOf(1, 1 << 20) : call.integers("split");
  if (!call.ok()) {
    return;
  }
  const int64_t extent = x.dims[static_cast<size_t>(axis)];
  if (sizes.empty() && !call.has(1)) {
    const int64_t parts = call.integer("num_outputs", static_cast<int64_t>(call.node->outputs.size()));
    if (!call.need(parts > 0 && parts <= (1 << 20), "expected outputs")) {
      return;
    }
    const int64_t each = (extent + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) {
      sizes.push_back(std::max<int64_t>(0, std::min(each, extent - i * each)));
    }
  }
  if (!call.need(sizes.size() >= call.node->outputs.size() &&
                     std::ranges::all_of(sizes, [&](int64_t s) { return s >= 0 && s <= extent; }) &&
                     product(Shape{std::accumulate(sizes.begin(), sizes.end(), int64_t{0})}) == extent,
                 "expected {} sizes that make {}, found {}", call.node->outputs.size(), extent, renderShape(sizes))) {
    return;
  }
  const Shape strides = stridesOf(x.dims);
  int64_t at = 0;
  for (size_t i = 0; i < sizes.size() && call.ok(); ++i) {
    Shape dims = x.dims;
    dims[static_cast<size_t>(axis)] = sizes[i];
    gatherStrided(call, i, x, at * strides[static_cast<size_t>(axis)], dims, strides);
    at += sizes[i];
  }
}

/// Where element i of a padded axis comes from; -1: it is filled.
int64_t sourceOf(const std::string &mode, int64_t i, int64_t extent) {
  if (i >= 0 && i < extent) {
    return i;
  }
  if (mode == "edge") {
    return extent == 0 ? -1 : std::clamp<int64_t>(i, 0, extent - 1);
  }
  if (mode == "wrap") {
    return extent == 0 ? -1 : (i % extent + extent) % extent;
  }
  if (mode == "reflect") {
    if (extent < 2) {
      return extent == 1 ? 0 : -1;
    }
    const int64_t period = 2 * (extent - 1);
    const int64_t at = (i % period + period) % period;
    return at < extent ? at : period - at;
  }
  return -1;
}

/// Whether an output of these extents may be, before anything is made that counts them.
bool mayBe(Call &call, const Array &x, const Shape &dims) {
  constexpr int64_t most = int64_t{1} << 28; // of one axis, also where another is empty
  return call.need(std::ranges::all_of(dims, [&](int64_t extent) { return extent <= most; }),
                   "expected smaller extents") &&
         (call.make(x.type, dims), call.ok());
}

/// Each output element at index (i0, i1, ..) is that of x at sources[0][i0], sources[1][i1], ..; -1: the filler.
void gatherBySources(Call &call, const Array &x, const std::vector<Shape> &sources, const Array *filler) {
  Shape dims;
  for (const Shape &source : sources) {
    dims.push_back(static_cast<int64_t>(source.size()));
  }
  Array *to = call.out(0, x.type, dims);
  if (!to || to->count() == 0) {
    return;
  }
  const Shape strides = stridesOf(x.dims);
  withElement(x.type, [&]<typename T>() {
    const T fill = filler ? *elements<T>(*filler) : T{};
    const T *from = elements<T>(x);
    T *out = elementsTo<T>(*to);
    Shape index(dims.size(), 0);
    for (int64_t i = 0; i < to->count(); ++i) {
      int64_t at = 0;
      for (size_t axis = 0; axis < dims.size() && at >= 0; ++axis) {
        const int64_t source = sources[axis][static_cast<size_t>(index[axis])];
        at = source < 0 ? -1 : at + source * strides[axis];
      }
      out[i] = at < 0 ? fill : from[at];
      for (size_t axis = dims.size(); axis-- > 0 && ++index[axis] == dims[axis];) {
        index[axis] = 0;
      }
    }
  });
}

void pad(Call &call) {
  const Array &x = call.in(0);
  const std::string mode = call.text("mode", "constant");
  const Shape pads = call.inputs.size() > 1 ? call.numbersOf(1) : call.integers("pads");
  Shape axes = call.has(3) ? call.numbersOf(3) : Shape();
  if (!call.has(3)) {
    axes.resize(x.dims.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (!call.ok() ||
      !call.need(pads.size() == 2 * axes.size(), "expected {} pads, found {}", 2 * axes.size(), pads.size()) ||
      !call.need(mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap",
                 "does not know the mode '{}'", mode)) {
    return;
  }
  Array filler = call.has(2) ? call.in(2) : Array();
  if (!call.has(2) && call.attribute("value")) { // before opset 11
    filler = call.make(DataType::Float, {});
    *filler.to<float>() = call.real("value");
    filler = converted(call, filler, x.type);
  }
  Shape dims = x.dims;
  Shape before(x.dims.size(), 0);
  for (size_t j = 0; j < axes.size(); ++j) {
    const auto axis = static_cast<size_t>(call.axisOf(axes[j], x.rank()));
    const int64_t front = pads[j];
    const int64_t back = pads[axes.size() + j];
    constexpr int64_t most = int64_t{1} << 32;
    if (!call.ok() ||
        !call.need(front > -most && front < most && back > -most && back < most, "expected smaller pads")) {
      return;
    }
    before[axis] = front;
    dims[axis] = std::max<int64_t>(0, x.dims[axis] + front + back);
  }
  const bool fills = filler.data || filler.strings;
  if (!call.need(!fills || (filler.type == x.type && filler.count() == 1), "expected one number to fill with") ||
      !mayBe(call, x, dims)) {
    return;
  }
  std::vector<Shape> sources;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    Shape &source = sources.emplace_back(static_cast<size_t>(dims[axis]));
    for (int64_t k = 0; k < dims[axis]; ++k) {
      source[static_cast<size_t>(k)] = sourceOf(mode, k - before[axis], x.dims[axis]);
    }
  }
  gatherBySources(call, x, sources, fills ? &filler : nullptr);
}

void centerCropPad(Call &call) {
  const Array &x = call.in(0);
  const Shape shape = call.numbersOf(1);
  Shape axes = call.integers("axes");
  if (!call.attribute("axes")) {
    axes.resize(x.dims.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (!call.ok() || !call.need(shape.size() == axes.size(), "expected {} extents", axes.size())) {
    return;
  }
  Shape dims = x.dims;
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<size_t>(call.axisOf(axes[i], x.rank()));
    if (!call.ok() || !call.need(shape[i] >= 0, "expected extents from 0 on")) {
      return;
    }
    dims[axis] = shape[i];
  }
  if (!mayBe(call, x, dims)) {
    return;
  }
  std::vector<Shape> sources;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    const int64_t more = dims[axis] - x.dims[axis];
    const int64_t before = more < 0 ? -(-more / 2) : more / 2;
    Shape &source = sources.emplace_back(static_cast<size_t>(dims[axis]));
    for (int64_t k = 0; k < dims[axis]; ++k) {
      source[static_cast<size_t>(k)] = sourceOf("constant", k - before, x.dims[axis]);
    }
  }
  gatherBySources(call, x, sources, nullptr);
}

void trilu(Call &call) {
  const Array &x = call.in(0);
  const bool upper = call.integer("upper", 1) != 0;
  const Shape offset = call.has(1) ? call.numbersOf(1) : Shape{0};
  if (!call.ok() || !call.need(x.rank() >= 2 && offset.size() == 1, "expected matrices and one diagonal")) {
    return;
  }
  Array *to = call.outOver(0, 0, x.type, x.dims);
  const int64_t rows = x.dims[x.dims.size() - 2];
  const int64_t columns = x.dims.back();
  if (to && to->count() > 0) {
    withElement(x.type, [&]<typename T>() {
      for (int64_t i = 0; i < to->count(); ++i) {
        const double above =
            static_cast<double>(i % columns) - static_cast<double>(i / columns % rows) - static_cast<double>(offset[0]);
        elementsTo<T>(*to)[i] = (upper ? above >= 0 : above <= 0) ? elements<T>(x)[i] : T{};
      }
    });
  }
}

/// Both ways between depth and space: a change of shape, an order of axes, and a change of shape.
void blocks(Call &call, bool toSpace) {
  const Array &x = call.in(0);
  const int64_t b = call.integer("blocksize");
  if (!call.ok() || !call.need(x.rank() == 4 && b > 0 && b < (1 << 20), "expected four axes and a blocksize")) {
    return;
  }
  const int64_t n = x.dims[0], c = x.dims[1], h = x.dims[2], w = x.dims[3];
  const bool crd = call.text("mode", "DCR") == "CRD";
  Shape split;
  Shape order;
  Shape dims;
  if (toSpace) {
    if (!call.need(c % (b * b) == 0, "expected channels for blocks of {}", b)) {
      return;
    }
    split = crd ? Shape{n, c / (b * b), b, b, h, w} : Shape{n, b, b, c / (b * b), h, w};
    order = crd ? Shape{0, 1, 4, 2, 5, 3} : Shape{0, 3, 4, 1, 5, 2};
    dims = {n, c / (b * b), h * b, w * b};
  } else {
    if (!call.need(h % b == 0 && w % b == 0, "expected extents for blocks of {}", b)) {
      return;
    }
    split = {n, c, h / b, b, w / b, b};
    order = crd ? Shape{0, 1, 3, 5, 2, 4} : Shape{0, 3, 5, 1, 2, 4};
    dims = {n, c * b * b, h / b, w / b};
  }
  const Shape own = stridesOf(split);
  Shape inOrder;
  Shape strides;
  for (const int64_t axis : order) {
    inOrder.push_back(split[static_cast<size_t>(axis)]);
    strides.push_back(own[static_cast<size_t>(axis)]);
  }
  gatherStrided(call, 0, x, 0, inOrder, strides);
  if (call.ok()) {
    call.outputs[0].array.dims = dims;
  }
}

void reverseSequence(Call &call) {
  const Array &x = call.in(0);
  const Shape lengths = call.numbersOf(1, 1 << 24);
  const int64_t batch = call.axisOf(call.integer("batch_axis", 1), x.rank());
  const int64_t time = call.axisOf(call.integer("time_axis", 0), x.rank());
  if (!call.ok() || !call.need(x.rank() >= 2 && batch + time == 1 &&
                                   static_cast<int64_t>(lengths.size()) == x.dims[static_cast<size_t>(batch)],
                               "expected the axes 0 and 1 and a length for each sequence")) {
    return;
  }
  Array *to = call.out(0, x.type, x.dims);
  const int64_t inner = product(std::span<const int64_t>(x.dims).subspan(2));
  const Shape strides = stridesOf(x.dims);
  if (!to) {
    return;
  }
  withElement(x.type, [&]<typename T>() {
    for (int64_t b = 0; b < x.dims[static_cast<size_t>(batch)]; ++b) {
      const int64_t length = lengths[static_cast<size_t>(b)];
      if (!call.need(length >= 0 && length <= x.dims[static_cast<size_t>(time)],
                     "expected lengths up to the sequence's")) {
        return;
      }
      for (int64_t t = 0; t < x.dims[static_cast<size_t>(time)]; ++t) {
        const int64_t from = t < length ? length - 1 - t : t;
        const int64_t base = b * strides[static_cast<size_t>(batch)];
        std::copy_n(elements<T>(x) + base + from * strides[static_cast<size_t>(time)], inner,
                    elementsTo<T>(*to) + base + t * strides[static_cast<size_t>(time)]);
      }
    }
  });
}

} // namespace

void addMoveOps(OpTable &table) {
  table["Transpose"] = {transpose, "perm"};
  table["Expand"] = {expand, ""};
  table["Tile"] = {tile, ""};
  table["Slice"] = {slice, "starts ends axes"};
  table["Concat"] = {concat, "axis"};
  table["Split"] = {split, "axis split num_outputs"};
  table["Pad"] = {pad, "mode pads value"};
  table["CenterCropPad"] = {centerCropPad, "axes"};
  table["Trilu"] = {trilu, "upper"};
  table["DepthToSpace"] = {[](Call &call) { blocks(call, true); }, "blocksize mode"};
  table["SpaceToDepth"] = {[](Call &call) { blocks(call, false); }, "blocksize mode"};
  table["ReverseSequence"] = {reverseSequence, "batch_axis time_axis"};
}

} // namespace clew::onnx
