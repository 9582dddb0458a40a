// Ops that give constants and shapes, and those that change a shape alone.
#include "runtime/evaluate/Ops.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <cstring>

namespace clew::onnx {
namespace {

void constant(Call &call) {
  if (const Attribute *value = call.attribute("value")) {
    if (const auto *tensor = std::get_if<std::shared_ptr<Tensor>>(&value->value)) {
      Array array = arrayOf(**tensor, *call.memory);
      if (call.need(array.data || array.strings, "a constant is larger than what a run may hold")) {
        call.outputs.assign(1, Value(std::move(array)));
      }
    }
    return;
  }
  const auto give = [&]<typename T>(DataType type, const std::vector<T> &values, bool scalar) {
    if (Array *to = call.out(0, type, scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())})) {
      std::copy(values.begin(), values.end(), elementsTo<T>(*to));
    }
  };
  if (call.attribute("value_int")) {
    give(DataType::Int64, Shape{call.integer("value_int")}, true);
  } else if (call.attribute("value_ints")) {
    give(DataType::Int64, call.integers("value_ints"), false);
  } else if (call.attribute("value_float")) {
    give(DataType::Float, std::vector<float>{call.real("value_float")}, true);
  } else if (call.attribute("value_floats")) {
    give(DataType::Float, call.reals("value_floats"), false);
  } else if (call.attribute("value_string")) {
    give(DataType::String, std::vector<std::string>{call.text("value_string")}, true);
  } else if (call.attribute("value_strings")) {
    give(DataType::String, call.texts("value_strings"), false);
  } else {
    call.need(false, "expected a value, found none");
  }
}

void constantOfShape(Call &call) {
  const Shape dims = call.numbersOf(0);
  Array value;
  if (const Attribute *given = call.attribute("value")) {
    if (const auto *tensor = std::get_if<std::shared_ptr<Tensor>>(&given->value)) {
      value = arrayOf(**tensor, *call.memory);
    }
  } else {
    value = call.make(DataType::Float, {1});
    if (call.ok()) {
      *value.to<float>() = 0;
    }
  }
  if (!call.ok() || !call.need(value.count() == 1, "expected a value of one element")) {
    return;
  }
  if (Array *to = call.out(0, value.type, dims)) {
    withElement(value.type, [&]<typename T>() { std::fill_n(elementsTo<T>(*to), to->count(), *elements<T>(value)); });
  }
}

void eyeLike(Call &call) {
  const Array &x = call.in(0);
  if (!call.ok() || !call.need(x.rank() == 2, "expected a matrix")) {
    return;
  }
  const auto type = static_cast<DataType>(call.integer("dtype", static_cast<int64_t>(x.type)));
  Array eye = call.make(DataType::Int32, x.dims);
  const int64_t k = call.integer("k");
  for (int64_t i = 0; call.ok() && i < x.dims[0]; ++i) {
    for (int64_t j = 0; j < x.dims[1]; ++j) {
      eye.to<int32_t>()[i * x.dims[1] + j] = j - i == k ? 1 : 0;
    }
  }
  if (call.ok()) {
    call.outputs.assign(1, Value(converted(call, eye, type)));
  }
}

void range(Call &call) {
  const Array &start = call.in(0);
  const Array &limit = call.in(1);
  const Array &delta = call.in(2);
  if (!call.ok() || !call.need(start.count() == 1 && limit.count() == 1 && delta.count() == 1 &&
                                   start.type == limit.type && start.type == delta.type,
                               "expected three numbers of one type")) {
    return;
  }
  if (!withNumber(start.type, [&]<typename T>() {
        const T from = *start.as<T>();
        const T step = *delta.as<T>();
        const double count = step == T{0}
                                 ? -1
                                 : std::ceil((static_cast<double>(*limit.as<T>()) - static_cast<double>(from)) /
                                             static_cast<double>(step));
        if (!call.need(step != T{0} && count < 0x1p40, "expected a step that leads to the limit")) {
          return;
        }
        if (Array *to = call.out(0, start.type, {static_cast<int64_t>(std::max(0.0, count))})) {
          for (int64_t i = 0; i < to->count(); ++i) {
            to->to<T>()[i] = static_cast<T>(from + static_cast<T>(i) * step);
          }
        }
      })) {
    call.refuseType(start.type);
  }
}

void shapeOf(Call &call) {
  const Array &x = call.in(0);
  const int64_t rank = x.rank();
  const auto cut = [&](int64_t at) { return std::clamp(at < 0 ? at + rank : at, int64_t{0}, rank); };
  const int64_t begin = cut(call.integer("start", 0));
  const int64_t end = std::max(begin, cut(call.integer("end", rank)));
  Array *to = call.ok() ? call.out(0, DataType::Int64, {end - begin}) : nullptr;
  if (to) {
    std::copy(x.dims.begin() + begin, x.dims.begin() + end, to->to<int64_t>());
  }
}

void size(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.out(0, DataType::Int64, {}) : nullptr;
  if (to) {
    *to->to<int64_t>() = x.count();
  }
}

void identity(Call &call) { call.outputs.assign(1, call.inputs.empty() ? Value() : call.inputs[0]); }

void reshape(Call &call) {
  Shape dims = call.numbersOf(1);
  const Array &x = call.in(0);
  const bool zeroes = call.integer("allowzero") != 0;
  int64_t open = -1;
  int64_t known = 1;
  for (size_t i = 0; call.ok() && i < dims.size(); ++i) {
    if (dims[i] == 0 && !zeroes && call.need(i < x.dims.size(), "expected an axis {} to keep", i)) {
      dims[i] = x.dims[i];
    }
    if (dims[i] == -1) {
      call.need(open < 0, "expected at most one open extent");
      open = static_cast<int64_t>(i);
    } else if (call.need(dims[i] >= 0, "expected extents from -1 on, found {}", dims[i]) &&
               __builtin_mul_overflow(known, dims[i], &known)) {
      call.need(false, "expected a shape of {} elements", x.count());
    }
  }
  if (open >= 0 && call.ok()) {
    if (!call.need(known != 0 ? x.count() % known == 0 : false, "{} elements do not fit into {}", x.count(),
                   renderShape(dims))) {
      return;
    }
    dims[static_cast<size_t>(open)] = x.count() / known;
    known = x.count();
  }
  if (call.need(known == x.count(), "{} elements do not fit into {}", x.count(), renderShape(dims))) {
    call.pass(0, 0, std::move(dims));
  }
}

void flatten(Call &call) {
  const Array &x = call.in(0);
  const int64_t given = call.integer("axis", 1);
  const int64_t axis = given < 0 ? given + x.rank() : given;
  if (call.need(axis >= 0 && axis <= x.rank(), "expected an axis up to {}, found {}", x.rank(), given)) {
    const std::span<const int64_t> all(x.dims);
    call.pass(0, 0, {product(all.first(static_cast<size_t>(axis))), product(all.subspan(static_cast<size_t>(axis)))});
  }
}

/// An input since opset 13, an attribute before.
Shape axesOf(Call &call) { return call.has(1) ? call.numbersOf(1) : call.integers("axes"); }

void squeeze(Call &call) {
  const Array &x = call.in(0);
  Shape axes = axesOf(call);
  const bool all = !call.has(1) && !call.attribute("axes");
  for (int64_t &axis : axes) {
    axis = call.axisOf(axis, x.rank());
  }
  Shape dims;
  for (int64_t i = 0; call.ok() && i < x.rank(); ++i) {
    const int64_t extent = x.dims[static_cast<size_t>(i)];
    const bool chosen = all ? extent == 1 : std::ranges::count(axes, i) > 0;
    call.need(!chosen || extent == 1, "expected axes of one element, found {}", renderShape(x.dims));
    if (!chosen) {
      dims.push_back(extent);
    }
  }
  if (call.ok()) {
    call.pass(0, 0, std::move(dims));
  }
}

void unsqueeze(Call &call) {
  const Array &x = call.in(0);
  const Shape axes = axesOf(call);
  const int64_t rank = x.rank() + static_cast<int64_t>(axes.size());
  std::vector<bool> fresh(static_cast<size_t>(rank));
  for (const int64_t axis : axes) {
    const int64_t at = call.axisOf(axis, rank);
    if (!call.ok() || !call.need(!fresh[static_cast<size_t>(at)], "expected axes of which none is there twice")) {
      return;
    }
    fresh[static_cast<size_t>(at)] = true;
  }
  Shape dims;
  for (size_t i = 0, from = 0; call.ok() && i < fresh.size(); ++i) {
    dims.push_back(fresh[i] ? 1 : x.dims[from++]);
  }
  if (call.ok()) {
    call.pass(0, 0, std::move(dims));
  }
}

} // namespace

void addShapeOps(OpTable &table) {
  table["Constant"] = {constant, "value value_int value_ints value_float value_floats value_string value_strings"};
  table["ConstantOfShape"] = {constantOfShape, "value"};
  table["EyeLike"] = {eyeLike, "dtype k"};
  table["Range"] = {range, "stash_type", 1};
  table["Shape"] = {shapeOf, "start end"};
  table["Size"] = {size, ""};
  table["Identity"] = {identity, ""};
  table["Reshape"] = {reshape, "allowzero"};
  table["Flatten"] = {flatten, "axis"};
  table["Squeeze"] = {squeeze, "axes"};
  table["Unsqueeze"] = {unsqueeze, "axes"};
}

} // namespace clew::onnx
