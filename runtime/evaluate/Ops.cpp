// See Ops.h.
#include "runtime/evaluate/Ops.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/onnx/OnnxReader.h"
#include "runtime/weights/StoredType.h"

#include <cstring>

namespace clew::onnx {

const OpTable &allOps() {
  static const OpTable table = [] {
    OpTable all;
    for (auto *add : {addActivationOps, addAttentionOps, addCastOps, addCellOps, addControlOps, addConvolutionOps,
                      addElementOps, addGatherOps, addLossOps, addMoveOps, addNormOps, addPoolOps, addProductOps,
                      addQuantizeOps, addReduceOps, addSelectOps, addSequenceOps, addShapeOps}) {
      add(all);
    }
    return all;
  }();
  return table;
}

void Call::refuse(ErrorKind kind, std::string message) {
  if (!failed) {
    failed = true;
    problem = Error{kind, std::move(message), ""};
  }
}

void Call::refuseType(DataType type) { refuse(ErrorKind::Unsupported, fmt::format("does not take {}", nameOf(type))); }

const Array &Call::in(size_t i) {
  static const Array none;
  if (i < inputs.size() && inputs[i].kind == Value::Kind::Array) {
    return inputs[i].array;
  }
  need(false, "expected a tensor as input {}, found {}", i, has(i) ? "a sequence" : "none");
  return none;
}

Array Call::make(DataType type, const Shape &dims) {
  Array array;
  const Result<int64_t> count = countElements(dims, "");
  if (!count) {
    refuse(ErrorKind::BadInput, count.error().message);
    return array;
  }
  array.type = type;
  array.dims = dims;
  if (type == DataType::String) { // a vector's own memory, held to the same bound
    if (memory->take(*count * static_cast<int64_t>(sizeof(std::string)))) {
      array.strings = std::make_shared<std::vector<std::string>>(static_cast<size_t>(*count));
    } else {
      refuse(ErrorKind::BadInput, fmt::format("a result of {} texts is larger than what a run may hold", *count));
    }
    return array;
  }
  array.memory = memory->take(*count * bytesOf(type));
  array.data = array.memory.get();
  if (!array.memory) {
    refuse(ErrorKind::BadInput,
           fmt::format("a result of {} {} is larger than what a run may hold", nameOf(type), renderShape(dims)));
    array = {};
  }
  return array;
}

Array *Call::out(size_t i, DataType type, const Shape &dims) {
  Array array = make(type, dims);
  if (failed) {
    return nullptr;
  }
  if (i >= outputs.size()) {
    outputs.resize(i + 1);
  }
  outputs[i] = Value(std::move(array));
  return &outputs[i].array;
}

Array *Call::outOver(size_t i, size_t from, DataType type, const Shape &dims) {
  if (from < inputs.size() && inputs[from].kind == Value::Kind::Array) {
    const Array &input = inputs[from].array;
    if (input.type == type && input.dims == dims && input.memory && input.memory.use_count() == 1) {
      if (i >= outputs.size()) {
        outputs.resize(i + 1);
      }
      outputs[i] = inputs[from]; // both now: the op still reads it
      return &outputs[i].array;
    }
  }
  return out(i, type, dims);
}

void Call::pass(size_t i, size_t from, Shape dims) {
  if (i >= outputs.size()) {
    outputs.resize(i + 1);
  }
  Value value = inputs[from];
  if (need(product(dims) == value.array.count(), "expected {} elements for the shape {}", value.array.count(),
           renderShape(dims))) {
    value.array.dims = std::move(dims);
    outputs[i] = std::move(value);
  }
}

const Attribute *Call::attribute(std::string_view name) const {
  for (const Attribute &attribute : node->attributes) {
    if (attribute.name == name) {
      return &attribute;
    }
  }
  return nullptr;
}

template <typename T> static const T *valueOf(const Attribute *attribute) {
  return attribute ? std::get_if<T>(&attribute->value) : nullptr;
}

int64_t Call::integer(std::string_view name, int64_t otherwise) const {
  const auto *value = valueOf<int64_t>(attribute(name));
  return value ? *value : otherwise;
}

float Call::real(std::string_view name, float otherwise) const {
  const auto *value = valueOf<float>(attribute(name));
  return value ? *value : otherwise;
}

std::string Call::text(std::string_view name, std::string_view otherwise) const {
  const auto *value = valueOf<std::string>(attribute(name));
  return value ? *value : std::string(otherwise);
}

Shape Call::integers(std::string_view name) const {
  const auto *value = valueOf<Shape>(attribute(name));
  return value ? *value : Shape();
}

std::vector<float> Call::reals(std::string_view name) const {
  const auto *value = valueOf<std::vector<float>>(attribute(name));
  return value ? *value : std::vector<float>();
}

std::vector<std::string> Call::texts(std::string_view name) const {
  const auto *value = valueOf<std::vector<std::string>>(attribute(name));
  return value ? *value : std::vector<std::string>();
}

const Graph *Call::graph(std::string_view name) const {
  const auto *value = valueOf<std::shared_ptr<Graph>>(attribute(name));
  return value ? value->get() : nullptr;
}

Shape Call::numbersOf(size_t i, int64_t most) {
  const Array &array = in(i);
  Shape numbers;
  if (!ok() ||
      !need(array.count() <= most, "expected at most {} numbers in input {}, found {}", most, i, array.count())) {
    return numbers;
  }
  if (!withInteger(array.type, [&]<typename T>() {
        for (const T value : array.all<T>()) {
          numbers.push_back(static_cast<int64_t>(value));
        }
      })) {
    refuseType(array.type);
  }
  return numbers;
}

int64_t Call::axisOf(int64_t axis, int64_t rank) {
  if (!need(axis >= -rank && axis < rank, "expected an axis from {} to {}, found {}", -rank, rank - 1, axis)) {
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

Shape broadcast(Call &call, const Shape &a, const Shape &b) {
  Shape dims(std::max(a.size(), b.size()));
  for (size_t i = 0; i < dims.size(); ++i) {
    const size_t back = dims.size() - i;
    const int64_t x = back <= a.size() ? a[a.size() - back] : 1;
    const int64_t y = back <= b.size() ? b[b.size() - back] : 1;
    if (!call.need(x == y || x == 1 || y == 1, "expected shapes that go together, found {} and {}", renderShape(a),
                   renderShape(b))) {
      return {};
    }
    dims[i] = x == 1 ? y : x;
  }
  return dims;
}

Shape broadcastStrides(const Shape &from, const Shape &to) {
  const Shape own = stridesOf(from);
  Shape strides(to.size(), 0);
  for (size_t i = 0; i < from.size(); ++i) {
    strides[to.size() - from.size() + i] = from[i] == 1 ? 0 : own[i];
  }
  return strides;
}

void inParallel(int threads, int64_t count, int64_t grain, FunctionRef<void(int64_t, int64_t)> body) {
  if (threads <= 1 || count < 2 * grain) {
    body(0, count);
    return;
  }
  const int64_t jobs = std::min<int64_t>(int64_t{4} * threads, count / grain);
  parallelFor(threads, jobs, [&](int64_t job, int) { body(count * job / jobs, count * (job + 1) / jobs); });
}

} // namespace clew::onnx
