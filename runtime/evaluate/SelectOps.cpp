// Ops whose results depend on an order of the elements, or have as many as it turns out.
#include "runtime/evaluate/Ops.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace clew::onnx {
namespace {

void topK(Call &call) {
  const Array &x = call.in(0);
  const Shape k = call.inputs.size() > 1 ? call.numbersOf(1) : Shape{call.integer("k")};
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis", -1), x.rank()));
  const bool largest = call.integer("largest", 1) != 0;
  if (!call.ok() ||
      !call.need(k.size() == 1 && k[0] >= 0 && k[0] <= x.dims[axis], "expected a k up to {}", x.dims[axis])) {
    return;
  }
  const Array from = x;
  Shape dims = from.dims;
  dims[axis] = k[0];
  call.outputs.resize(2);
  Array *indices = call.out(1, DataType::Int64, dims);
  Array *values = indices ? call.out(0, from.type, dims) : nullptr;
  indices = &call.outputs[1].array;
  const int64_t count = from.dims[axis];
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(axis + 1));
  if (!values || inner == 0 || k[0] == 0) {
    return;
  }
  if (!withNumber(from.type, [&]<typename T>() {
        Shape order(static_cast<size_t>(count));
        for (int64_t line = 0; line < from.count() / std::max<int64_t>(1, count); ++line) {
          const T *p = from.as<T>() + line / inner * count * inner + line % inner;
          std::iota(order.begin(), order.end(), 0);
          std::partial_sort(order.begin(), order.begin() + k[0], order.end(), [&](int64_t a, int64_t b) {
            const T u = p[a * inner];
            const T v = p[b * inner];
            return u == v ? a < b : largest ? u > v : u < v;
          });
          for (int64_t i = 0; i < k[0]; ++i) {
            const int64_t at = line / inner * k[0] * inner + i * inner + line % inner;
            values->to<T>()[at] = p[order[static_cast<size_t>(i)] * inner];
            indices->to<int64_t>()[at] = order[static_cast<size_t>(i)];
          }
        }
      })) {
    call.refuseType(from.type);
  }
}

void nonZero(Call &call) {
  const Array &x = call.in(0);
  Shape found;
  const auto look = [&]<typename T>() {
    for (int64_t i = 0; i < x.count(); ++i) {
      if (x.as<T>()[i] != T{0}) {
        found.push_back(i);
      }
    }
  };
  if (!call.ok()) {
    return;
  }
  if (x.type == DataType::Bool) {
    look.template operator()<uint8_t>();
  } else if (!withNumber(x.type, look)) {
    call.refuseType(x.type);
    return;
  }
  const Shape strides = stridesOf(x.dims);
  const Shape own = x.dims;
  const auto count = static_cast<int64_t>(found.size());
  if (Array *to = call.out(0, DataType::Int64, {static_cast<int64_t>(own.size()), count})) {
    for (size_t axis = 0; axis < own.size(); ++axis) {
      for (int64_t i = 0; i < count; ++i) {
        to->to<int64_t>()[static_cast<int64_t>(axis) * count + i] =
            found[static_cast<size_t>(i)] / strides[axis] % own[axis];
      }
    }
  }
}

/// Parts of a tensor along an axis, each once: sorted, or in the order in which they come.
void unique(Call &call) {
  const Array x = call.in(0);
  const bool flat = !call.attribute("axis");
  const bool sorted = call.integer("sorted", 1) != 0;
  const auto axis = static_cast<size_t>(flat ? 0 : call.axisOf(call.integer("axis"), x.rank()));
  if (!call.ok()) {
    return;
  }
  const Shape dims = flat ? Shape{x.count()} : x.dims;
  const int64_t count = dims[axis];
  const int64_t outer = product(std::span<const int64_t>(dims).first(axis));
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(axis + 1));
  if (!call.need(outer * inner > 0 || count < (1 << 20), "expected parts with elements")) {
    return;
  }
  const auto run = [&]<typename T>() {
    const auto at = [&](int64_t part, int64_t i) -> const T & {
      return elements<T>(x)[(i / inner * count + part) * inner + i % inner];
    };
    const auto less = [&](int64_t a, int64_t b) {
      for (int64_t i = 0; i < outer * inner; ++i) {
        if (at(a, i) < at(b, i) || at(b, i) < at(a, i)) {
          return at(a, i) < at(b, i);
        }
      }
      return false;
    };
    std::map<int64_t, Shape, decltype(less)> groups(less); // by a part, all parts that are equal
    for (int64_t part = 0; part < count; ++part) {
      groups[part].push_back(part);
    }
    std::vector<Shape> order;
    for (const auto &[first, parts] : groups) {
      order.push_back(parts);
    }
    if (!sorted) {
      std::ranges::sort(order, {}, [](const Shape &parts) { return parts[0]; });
    }
    const auto found = static_cast<int64_t>(order.size());
    Shape out = dims;
    out[axis] = found;
    call.outputs.resize(4);
    for (size_t i = 1; i < 4; ++i) {
      call.out(i, DataType::Int64, {i == 2 ? count : found});
    }
    Array *y = call.ok() ? call.out(0, x.type, out) : nullptr;
    for (int64_t g = 0; y && g < found; ++g) {
      const Shape &parts = order[static_cast<size_t>(g)];
      call.outputs[1].array.to<int64_t>()[g] = parts[0];
      call.outputs[3].array.to<int64_t>()[g] = static_cast<int64_t>(parts.size());
      for (const int64_t part : parts) {
        call.outputs[2].array.to<int64_t>()[part] = g;
      }
      for (int64_t i = 0; i < outer * inner; ++i) {
        elementsTo<T>(*y)[(i / inner * found + g) * inner + i % inner] = at(parts[0], i);
      }
    }
  };
  if (x.type == DataType::String) {
    run.template operator()<std::string>();
  } else if (x.type == DataType::Bool) {
    run.template operator()<uint8_t>();
  } else if (!withNumber(x.type, run)) {
    call.refuseType(x.type);
  }
}

struct Box {
  float y1, x1, y2, x2;
  float area() const { return (y2 - y1) * (x2 - x1); }
  float overlap(const Box &other) const {
    const float height = std::min(y2, other.y2) - std::max(y1, other.y1);
    const float width = std::min(x2, other.x2) - std::max(x1, other.x1);
    return height <= 0 || width <= 0 ? 0 : height * width;
  }
};

void nonMaxSuppression(Call &call) {
  const Array &boxes = call.in(0);
  const Array &scores = call.in(1);
  const Shape most = call.has(2) ? call.numbersOf(2) : Shape{0};
  const auto number = [&](size_t i, float otherwise) {
    return call.has(i) && call.in(i).type == DataType::Float && call.in(i).count() == 1 ? *call.in(i).as<float>()
                                                                                        : otherwise;
  };
  const float overlaps = number(3, 0);
  const bool limited = call.has(4);
  const float least = number(4, 0);
  const bool centers = call.integer("center_point_box") != 0;
  if (!call.ok() || !call.need(boxes.rank() == 3 && scores.rank() == 3 && boxes.dims[2] == 4 &&
                                   boxes.dims[0] == scores.dims[0] && boxes.dims[1] == scores.dims[2] &&
                                   most.size() == 1 && boxes.type == DataType::Float && scores.type == DataType::Float,
                               "expected boxes [batch, n, 4] and scores [batch, classes, n]")) {
    return;
  }
  const int64_t count = boxes.dims[1];
  const auto boxAt = [&](int64_t b, int64_t i) {
    const float *p = boxes.as<float>() + (b * count + i) * 4;
    return centers ? Box{p[1] - p[3] / 2, p[0] - p[2] / 2, p[1] + p[3] / 2, p[0] + p[2] / 2}
                   : Box{std::min(p[0], p[2]), std::min(p[1], p[3]), std::max(p[0], p[2]), std::max(p[1], p[3])};
  };
  Shape chosen;
  for (int64_t b = 0; b < boxes.dims[0]; ++b) {
    for (int64_t c = 0; c < scores.dims[1]; ++c) {
      const float *score = scores.as<float>() + (b * scores.dims[1] + c) * count;
      Shape order;
      for (int64_t i = 0; i < count; ++i) {
        if (!std::isnan(score[i]) && (!limited || score[i] > least)) { // NaN has no order
          order.push_back(i);
        }
      }
      std::ranges::sort(order,
                        [&](int64_t i, int64_t j) { return score[i] == score[j] ? i < j : score[i] > score[j]; });
      Shape kept;
      for (const int64_t i : order) {
        if (static_cast<int64_t>(kept.size()) >= most[0]) {
          break;
        }
        const Box box = boxAt(b, i);
        const bool hidden = std::ranges::any_of(kept, [&](int64_t k) {
          const Box other = boxAt(b, k);
          const float common = box.overlap(other);
          const float all = box.area() + other.area() - common;
          return all > 0 && common / all > overlaps;
        });
        if (!hidden) {
          kept.push_back(i);
          chosen.insert(chosen.end(), {b, c, i});
        }
      }
    }
  }
  if (Array *to = call.out(0, DataType::Int64, {static_cast<int64_t>(chosen.size() / 3), 3})) {
    std::ranges::copy(chosen, to->to<int64_t>());
  }
}

} // namespace

void addSelectOps(OpTable &table) {
  table["TopK"] = {topK, "axis k largest sorted", 1};
  table["NonZero"] = {nonZero, "", 1};
  table["Unique"] = {unique, "axis sorted", 1};
  table["NonMaxSuppression"] = {nonMaxSuppression, "center_point_box"};
}

} // namespace clew::onnx
