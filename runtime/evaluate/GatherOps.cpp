// Ops that read or write elements at places that are inputs. Places outside of the axis are refused.
#include "runtime/evaluate/Elementwise.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <limits>

namespace clew::onnx {
namespace {

/// Places on an axis of `extent`, those from the end made plain.
Shape placesOf(Call &call, size_t i, int64_t extent) {
  Shape places = call.numbersOf(i, int64_t{1} << 32);
  for (int64_t &place : places) {
    if (!call.need(place >= -extent && place < extent, "expected places below {}, found {}", extent, place)) {
      return places;
    }
    place += place < 0 ? extent : 0;
  }
  return places;
}

void gather(Call &call) {
  const Array &x = call.in(0);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), x.rank()));
  if (!call.ok()) {
    return;
  }
  const Shape places = placesOf(call, 1, x.dims[axis]);
  const std::span<const int64_t> all(x.dims);
  const Shape &where = call.in(1).dims;
  Shape dims(all.begin(), all.begin() + static_cast<int64_t>(axis));
  dims.insert(dims.end(), where.begin(), where.end());
  dims.insert(dims.end(), all.begin() + static_cast<int64_t>(axis) + 1, all.end());
  Array *to = call.ok() ? call.out(0, x.type, dims) : nullptr;
  if (!to) {
    return;
  }
  const int64_t outer = product(all.first(axis));
  const int64_t inner = product(all.subspan(axis + 1));
  const auto count = static_cast<int64_t>(places.size());
  withElement(x.type, [&]<typename T>() {
    const T *from = elements<T>(x);
    T *out = elementsTo<T>(*to);
    inParallel(call.threads, outer * count, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, inner)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t row = i / count * x.dims[axis] + places[static_cast<size_t>(i % count)];
                   if (inner == 1) {
                     out[i] = from[row];
                   } else {
                     std::copy_n(from + row * inner, inner, out + i * inner);
                   }
                 }
               });
  });
}

/// For every element of an index tensor: its place in `dims` with the axis replaced by the element. Calls each(i, at).
template <typename F>
void alongAxis(Call &call, const Shape &dims, const Shape &indexDims, size_t axis, const Shape &places, F each) {
  const Shape strides = stridesOf(dims);
  Shape index(indexDims.size(), 0);
  for (size_t i = 0; i < places.size(); ++i) {
    int64_t at = 0;
    for (size_t k = 0; k < index.size(); ++k) {
      at += (k == axis ? places[i] : index[k]) * strides[k];
    }
    each(static_cast<int64_t>(i), at);
    for (size_t k = index.size(); k-- > 0 && ++index[k] == indexDims[k];) {
      index[k] = 0;
    }
  }
}

/// Whether an index tensor lies within `dims` but for the axis.
bool within(Call &call, const Shape &index, const Shape &dims, size_t axis) {
  bool good = index.size() == dims.size();
  for (size_t i = 0; good && i < dims.size(); ++i) {
    good = i == axis || index[i] <= dims[i];
  }
  return call.need(good, "expected places of a shape within {}, found {}", renderShape(dims), renderShape(index));
}

void gatherElements(Call &call) {
  const Array &x = call.in(0);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), x.rank()));
  const Shape places = call.ok() ? placesOf(call, 1, x.dims[axis]) : Shape();
  const Shape dims = call.in(1).dims;
  if (!call.ok() || !within(call, dims, x.dims, axis)) {
    return;
  }
  if (Array *to = call.out(0, x.type, dims)) {
    withElement(x.type, [&]<typename T>() {
      alongAxis(call, x.dims, dims, axis, places,
                [&](int64_t i, int64_t at) { elementsTo<T>(*to)[i] = elements<T>(x)[at]; });
    });
  }
}

enum class Reduction : uint8_t { None, Add, Mul, Max, Min };

Reduction reductionOf(Call &call) {
  const std::string name = call.text("reduction", "none");
  for (const auto &[known, reduction] : {std::pair("none", Reduction::None),
                                         {"add", Reduction::Add},
                                         {"mul", Reduction::Mul},
                                         {"max", Reduction::Max},
                                         {"min", Reduction::Min}}) {
    if (name == known) {
      return reduction;
    }
  }
  call.need(false, "does not know the reduction '{}'", name);
  return Reduction::None;
}

template <typename T> T reduced(Reduction reduction, T old, T update) {
  switch (reduction) {
  case Reduction::None:
    return update;
  case Reduction::Add:
    return static_cast<T>(old + update);
  case Reduction::Mul:
    return static_cast<T>(old * update);
  case Reduction::Max:
    return old > update ? old : update;
  case Reduction::Min:
    return old < update ? old : update;
  }
  return update;
}

/// Calls visit.operator()<T>() with numbers where they are reduced, else with any elements.
template <typename F> void withReduced(Call &call, DataType type, Reduction reduction, F visit) {
  if (reduction == Reduction::None ? !withElement(type, visit) : !withNumber(type, visit)) {
    call.refuseType(type);
  }
}

/// A copy of input 0 as the output, to be written into.
Array *copied(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.outOver(0, 0, x.type, x.dims) : nullptr;
  if (to && to->data != x.data) {
    withElement(x.type, [&]<typename T>() { std::copy_n(elements<T>(x), x.count(), elementsTo<T>(*to)); });
  } else if (to && to->strings) {
    *to->strings = *x.strings;
  }
  return to;
}

template <typename T> T sumOf(Reduction reduction, T a, T b) {
  if constexpr (std::is_arithmetic_v<T>) {
    return reduced(reduction, a, b);
  } else {
    return b; // texts and pairs are never reduced
  }
}

void scatterElements(Call &call) {
  const Array x = call.in(0);
  const Array &updates = call.in(2);
  const Reduction reduction = reductionOf(call);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), x.rank()));
  const Shape places = call.ok() ? placesOf(call, 1, x.dims[axis]) : Shape();
  const Shape dims = call.in(1).dims;
  if (!call.ok() || !within(call, dims, x.dims, axis) ||
      !call.need(updates.dims == dims && updates.type == x.type, "expected as many updates as places")) {
    return;
  }
  if (Array *to = copied(call)) {
    withReduced(call, x.type, reduction, [&]<typename T>() {
      alongAxis(call, x.dims, dims, axis, places, [&](int64_t i, int64_t at) {
        elementsTo<T>(*to)[at] = sumOf(reduction, elementsTo<T>(*to)[at], elements<T>(updates)[i]);
      });
    });
  }
}

/// Tuples of places as offsets into x, each of the first element of what it names; `batch` leading axes go along.
bool tuples(Call &call, const Array &x, const Array &index, int64_t batch, Shape &offsets) {
  const Shape all = call.numbersOf(1, int64_t{1} << 32);
  const int64_t width = index.rank() > 0 ? index.dims.back() : 0;
  if (!call.ok() || !call.need(width > 0 && width + batch <= x.rank() && batch < index.rank(),
                               "expected tuples of at most {} places", x.rank() - batch)) {
    return false;
  }
  for (int64_t i = 0; i < batch; ++i) {
    if (!call.need(index.dims[static_cast<size_t>(i)] == x.dims[static_cast<size_t>(i)],
                   "expected the same leading axes")) {
      return false;
    }
  }
  const Shape strides = stridesOf(x.dims);
  const int64_t batches = product(std::span<const int64_t>(x.dims).first(static_cast<size_t>(batch)));
  const int64_t count = index.count() / width;
  const int64_t perBatch = count / std::max<int64_t>(1, batches);
  const int64_t batchStride = batch == 0 ? 0 : strides[static_cast<size_t>(batch - 1)];
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = batch == 0 ? 0 : i / perBatch * batchStride;
    for (int64_t k = 0; k < width; ++k) {
      const int64_t extent = x.dims[static_cast<size_t>(batch + k)];
      int64_t place = all[static_cast<size_t>(i * width + k)];
      if (!call.need(place >= -extent && place < extent, "expected places below {}, found {}", extent, place)) {
        return false;
      }
      place += place < 0 ? extent : 0;
      at += place * strides[static_cast<size_t>(batch + k)];
    }
    offsets.push_back(at);
  }
  return true;
}

void gatherNd(Call &call) {
  const Array &x = call.in(0);
  const Array &index = call.in(1);
  const int64_t batch = call.integer("batch_dims");
  Shape offsets;
  if (!call.ok() || !call.need(batch >= 0, "expected batch_dims from 0 on") ||
      !tuples(call, x, index, batch, offsets)) {
    return;
  }
  Shape dims(index.dims.begin(), index.dims.end() - 1);
  dims.insert(dims.end(), x.dims.begin() + batch + index.dims.back(), x.dims.end());
  if (Array *to = call.out(0, x.type, dims)) {
    const int64_t inner =
        product(std::span<const int64_t>(x.dims).subspan(static_cast<size_t>(batch + index.dims.back())));
    withElement(x.type, [&]<typename T>() {
      for (size_t i = 0; i < offsets.size(); ++i) {
        std::copy_n(elements<T>(x) + offsets[i], inner, elementsTo<T>(*to) + static_cast<int64_t>(i) * inner);
      }
    });
  }
}

void scatterNd(Call &call) {
  const Array x = call.in(0);
  const Array &index = call.in(1);
  const Array &updates = call.in(2);
  const Reduction reduction = reductionOf(call);
  Shape offsets;
  if (!call.ok() || !tuples(call, x, index, 0, offsets)) {
    return;
  }
  const int64_t inner = product(std::span<const int64_t>(x.dims).subspan(static_cast<size_t>(index.dims.back())));
  if (!call.need(updates.type == x.type && updates.count() == inner * static_cast<int64_t>(offsets.size()),
                 "expected {} elements as updates", inner * static_cast<int64_t>(offsets.size()))) {
    return;
  }
  if (Array *to = copied(call)) {
    withReduced(call, x.type, reduction, [&]<typename T>() {
      for (size_t i = 0; i < offsets.size(); ++i) {
        for (int64_t k = 0; k < inner; ++k) {
          T &at = elementsTo<T>(*to)[offsets[i] + k];
          at = sumOf(reduction, at, elements<T>(updates)[static_cast<int64_t>(i) * inner + k]);
        }
      }
    });
  }
}

/// Writes updates into a cache at each sequence's own place.
void tensorScatter(Call &call) {
  const Array x = call.in(0);
  const Array &updates = call.in(1);
  const int64_t axis = call.axisOf(call.integer("axis", -2), x.rank());
  const bool circular = call.text("mode", "linear") == "circular";
  if (!call.ok() ||
      !call.need(x.rank() == updates.rank() && x.type == updates.type && axis > 0, "expected updates like the cache")) {
    return;
  }
  const Shape places = call.has(2) ? call.numbersOf(2, 1 << 24) : Shape(static_cast<size_t>(x.dims[0]), 0);
  Shape rest = updates.dims;
  rest[static_cast<size_t>(axis)] = x.dims[static_cast<size_t>(axis)];
  if (!call.need(rest == x.dims && static_cast<int64_t>(places.size()) == x.dims[0],
                 "expected updates and places for the cache's sequences")) {
    return;
  }
  Array *to = copied(call);
  const std::span<const int64_t> dims(x.dims);
  const int64_t outer = product(dims.subspan(1, static_cast<size_t>(axis) - 1));
  const int64_t extent = x.dims[static_cast<size_t>(axis)];
  const int64_t fresh = updates.dims[static_cast<size_t>(axis)];
  const int64_t inner = product(dims.subspan(static_cast<size_t>(axis) + 1));
  for (int64_t b = 0; to && b < x.dims[0]; ++b) {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t t = 0; t < fresh; ++t) {
        const int64_t place = places[static_cast<size_t>(b)];
        if (!call.need(place >= 0 && place <= (int64_t{1} << 40), "expected places below {}, found {}", extent,
                       place)) {
          return;
        }
        int64_t at = place + t;
        at = circular && extent > 0 ? at % extent : at;
        if (!call.need(at >= 0 && at < extent, "expected places below {}, found {}", extent, at)) {
          return;
        }
        withElement(x.type, [&]<typename T>() {
          std::copy_n(elements<T>(updates) + ((b * outer + o) * fresh + t) * inner, inner,
                      elementsTo<T>(*to) + ((b * outer + o) * extent + at) * inner);
        });
      }
    }
  }
}

void oneHot(Call &call) {
  const Array &index = call.in(0);
  const Array &values = call.in(2);
  if (!call.ok()) {
    return;
  }
  const Array depthArray = converted(call, call.in(1), DataType::Int64);
  const Array at = converted(call, index, DataType::Int64);
  if (!call.ok() || !call.need(depthArray.count() == 1 && values.count() == 2, "expected one depth and two values")) {
    return;
  }
  const int64_t depth = *depthArray.as<int64_t>();
  const int64_t axis = call.axisOf(call.integer("axis", -1), index.rank() + 1);
  if (!call.ok() || !call.need(depth >= 0 && depth < (int64_t{1} << 32), "expected a depth from 0 on")) {
    return;
  }
  Shape dims = index.dims;
  dims.insert(dims.begin() + axis, depth);
  Array *to = call.out(0, values.type, dims);
  if (!to) {
    return;
  }
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(static_cast<size_t>(axis) + 1));
  withElement(values.type, [&]<typename T>() {
    T *out = elementsTo<T>(*to);
    std::fill_n(out, to->count(), elements<T>(values)[0]);
    for (int64_t i = 0; i < index.count(); ++i) {
      int64_t place = at.as<int64_t>()[i];
      place += place < 0 ? depth : 0;
      if (place >= 0 && place < depth) {
        out[(i / inner * depth + place) * inner + i % inner] = elements<T>(values)[1];
      }
    }
  });
}

void compress(Call &call) {
  const Array &x = call.in(0);
  const Array &condition = call.in(1);
  if (!call.ok() || !call.need(condition.type == DataType::Bool, "expected bool")) {
    return;
  }
  const bool flat = !call.attribute("axis");
  const Shape dims = flat ? Shape{x.count()} : x.dims;
  const auto axis = static_cast<size_t>(flat ? 0 : call.axisOf(call.integer("axis"), x.rank()));
  Shape places;
  for (int64_t i = 0; call.ok() && i < condition.count(); ++i) {
    if (condition.as<uint8_t>()[i] != 0 &&
        call.need(i < dims[axis], "expected conditions for at most {} elements", dims[axis])) {
      places.push_back(i);
    }
  }
  Shape out = dims;
  if (call.ok()) {
    out[axis] = static_cast<int64_t>(places.size());
  }
  Array *to = call.ok() ? call.out(0, x.type, out) : nullptr;
  if (to) {
    const int64_t outer = product(std::span<const int64_t>(dims).first(axis));
    const int64_t inner = product(std::span<const int64_t>(dims).subspan(axis + 1));
    withElement(x.type, [&]<typename T>() {
      T *p = elementsTo<T>(*to);
      for (int64_t o = 0; o < outer; ++o) {
        for (const int64_t place : places) {
          p = std::copy_n(elements<T>(x) + (o * dims[axis] + place) * inner, inner, p);
        }
      }
    });
  }
}

} // namespace

void addGatherOps(OpTable &table) {
  table["Gather"] = {gather, "axis"};
  table["GatherElements"] = {gatherElements, "axis"};
  table["GatherND"] = {gatherNd, "batch_dims"};
  table["Scatter"] = {scatterElements, "axis"};
  table["ScatterElements"] = {scatterElements, "axis reduction", 1};
  table["ScatterND"] = {scatterNd, "reduction", 1};
  table["TensorScatter"] = {tensorScatter, "axis mode"};
  table["OneHot"] = {oneHot, "axis"};
  table["Compress"] = {compress, "axis"};
}

} // namespace clew::onnx
