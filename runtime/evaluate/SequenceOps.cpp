// Sequences of tensors, and values that may be left out.
#include "runtime/evaluate/Ops.h"

#include <algorithm>
#include <numeric>

namespace clew::onnx {
namespace {

bool sequenceAt(Call &call, size_t i) {
  return call.need(call.has(i) && call.inputs[i].kind == Value::Kind::Sequence, "expected a sequence as input {}", i);
}

void give(Call &call, Value value) { call.outputs.assign(1, std::move(value)); }

void construct(Call &call) {
  std::vector<Array> parts;
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    parts.push_back(call.in(i));
  }
  give(call, Value(std::move(parts)));
}

/// A place among `count`, from the end if it is negative.
int64_t placeOf(Call &call, size_t i, int64_t count) {
  const Shape place = call.numbersOf(i);
  if (!call.need(place.size() == 1 && place[0] >= -count && place[0] < count, "expected a place below {}", count)) {
    return 0;
  }
  return place[0] + (place[0] < 0 ? count : 0);
}

void at(Call &call) {
  if (sequenceAt(call, 0)) {
    const std::vector<Array> &parts = *call.inputs[0].sequence;
    const int64_t place = placeOf(call, 1, static_cast<int64_t>(parts.size()));
    if (call.ok()) {
      give(call, Value(parts[static_cast<size_t>(place)]));
    }
  }
}

void erase(Call &call) {
  if (sequenceAt(call, 0)) {
    std::vector<Array> parts = *call.inputs[0].sequence;
    const auto count = static_cast<int64_t>(parts.size());
    const int64_t place = call.has(1) ? placeOf(call, 1, count) : count - 1;
    if (call.need(count > 0, "expected a sequence with elements")) {
      parts.erase(parts.begin() + place);
      give(call, Value(std::move(parts)));
    }
  }
}

void insert(Call &call) {
  if (sequenceAt(call, 0) && call.in(1).count() >= 0 && call.ok()) {
    std::vector<Array> parts = *call.inputs[0].sequence;
    const auto count = static_cast<int64_t>(parts.size());
    const Shape given = call.has(2) ? call.numbersOf(2) : Shape{count};
    if (!call.need(given.size() == 1 && given[0] >= -count && given[0] <= count, "expected a place up to {}", count)) {
      return;
    }
    parts.insert(parts.begin() + given[0] + (given[0] < 0 ? count : 0), call.in(1));
    give(call, Value(std::move(parts)));
  }
}

void length(Call &call) {
  if (sequenceAt(call, 0)) {
    const auto count = static_cast<int64_t>(call.inputs[0].sequence->size());
    if (Array *to = call.out(0, DataType::Int64, {})) {
      *to->to<int64_t>() = count;
    }
  }
}

/// The part of x from `begin` on, `count` long, on an axis.
Array partOf(Call &call, const Array &x, size_t axis, int64_t begin, int64_t count) {
  Shape dims = x.dims;
  dims[axis] = count;
  Array to = call.make(x.type, dims);
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(axis + 1));
  const int64_t outer = product(std::span<const int64_t>(dims).first(axis));
  if (call.ok()) {
    withElement(x.type, [&]<typename T>() {
      for (int64_t o = 0; o < outer; ++o) {
        std::copy_n(elements<T>(x) + (o * x.dims[axis] + begin) * inner, count * inner,
                    elementsTo<T>(to) + o * count * inner);
      }
    });
  }
  return to;
}

void splitToSequence(Call &call) {
  const Array &x = call.in(0);
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), x.rank()));
  if (!call.ok()) {
    return;
  }
  const int64_t extent = x.dims[axis];
  constexpr int64_t mostParts = 1 << 20;
  Shape sizes;
  if (!call.has(1)) {
    if (!call.need(extent <= mostParts, "expected at most {} parts", mostParts)) {
      return;
    }
    sizes.assign(static_cast<size_t>(extent), 1);
  } else if (call.in(1).rank() == 0) {
    const Shape given = call.numbersOf(1);
    const int64_t each = given.empty() ? 0 : given[0];
    if (!call.need(each > 0 && extent / each < mostParts, "expected parts with elements, and at most {}", mostParts)) {
      return;
    }
    for (int64_t left = extent; left > 0; left -= each) {
      sizes.push_back(std::min(left, each));
    }
  } else {
    sizes = call.numbersOf(1, 1 << 20);
  }
  const bool fit = std::ranges::all_of(sizes, [&](int64_t s) { return s >= 0 && s <= extent; }) &&
                   std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) == extent;
  if (!call.need(fit, "expected sizes that make {}", extent)) {
    return;
  }
  std::vector<Array> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    parts.push_back(partOf(call, x, axis, begin, size));
    if (!call.has(1) && call.integer("keepdims", 1) == 0 && call.ok()) {
      parts.back().dims.erase(parts.back().dims.begin() + static_cast<int64_t>(axis));
    }
    begin += size;
  }
  if (call.ok()) {
    give(call, Value(std::move(parts)));
  }
}

/// Concat of a sequence: on an axis that is there, or on a new one.
void concatFromSequence(Call &call) {
  if (!sequenceAt(call, 0) || !call.need(!call.inputs[0].sequence->empty(), "expected a sequence with elements")) {
    return;
  }
  std::vector<Array> parts = *call.inputs[0].sequence;
  const bool fresh = call.integer("new_axis") != 0;
  const auto axis = static_cast<size_t>(call.axisOf(call.integer("axis"), parts[0].rank() + (fresh ? 1 : 0)));
  if (!call.ok()) {
    return;
  }
  Shape dims;
  for (Array &part : parts) {
    if (fresh) {
      part.dims.insert(part.dims.begin() + static_cast<int64_t>(std::min(axis, part.dims.size())), 1);
    }
    Shape rest = part.dims;
    if (dims.empty()) {
      dims = rest;
      dims[axis] = 0;
    }
    if (!call.need(rest.size() == dims.size() && part.type == parts[0].type, "expected tensors of one type and rank")) {
      return;
    }
    const int64_t extent = rest[axis];
    rest[axis] = dims[axis];
    if (!call.need(rest == dims, "expected shapes that differ at axis {} alone", axis)) {
      return;
    }
    dims[axis] += extent;
  }
  Array *to = call.out(0, parts[0].type, dims);
  const int64_t outer = product(std::span<const int64_t>(dims).first(axis));
  const int64_t row = product(std::span<const int64_t>(dims).subspan(axis));
  int64_t begin = 0;
  for (size_t i = 0; to && i < parts.size(); ++i) {
    const int64_t size = product(std::span<const int64_t>(parts[i].dims).subspan(axis));
    withElement(to->type, [&]<typename T>() {
      for (int64_t o = 0; o < outer; ++o) {
        std::copy_n(elements<T>(parts[i]) + o * size, size, elementsTo<T>(*to) + o * row + begin);
      }
    });
    begin += size;
  }
}

void map(Call &call) {
  const Graph *body = call.graph("body");
  if (!sequenceAt(call, 0) || !call.need(body != nullptr, "expected a body")) {
    return;
  }
  const std::vector<Value> given = call.inputs;
  const size_t count = given[0].sequence->size();
  std::vector<std::vector<Array>> results(body->outputs.size());
  for (size_t i = 0; i < count; ++i) {
    std::vector<Value> inputs;
    for (const Value &value : given) {
      const bool sequence = value.kind == Value::Kind::Sequence;
      if (!call.need(!sequence || value.sequence->size() == count, "expected sequences of one length")) {
        return;
      }
      inputs.push_back(sequence ? Value((*value.sequence)[i]) : value);
    }
    if (!call.need(inputs.size() == body->inputs.size(), "expected a body of {} inputs", inputs.size())) {
      return;
    }
    Result<std::vector<Value>> out = call.runBody(*body, std::move(inputs));
    if (!out) {
      call.refuse(out.error().kind, out.error().message);
      return;
    }
    for (size_t k = 0; k < results.size(); ++k) {
      results[k].push_back((*out)[k].array);
    }
  }
  for (std::vector<Array> &result : results) {
    call.outputs.emplace_back(std::move(result));
  }
}

void optional(Call &call) { give(call, call.inputs.empty() ? Value() : call.inputs[0]); }

void hasElement(Call &call) {
  const bool has = call.has(0);
  if (Array *to = call.out(0, DataType::Bool, {})) {
    *to->to<uint8_t>() = has ? 1 : 0;
  }
}

void getElement(Call &call) {
  if (call.need(call.has(0), "expected an optional that has an element")) {
    give(call, call.inputs[0]);
  }
}

} // namespace

void addSequenceOps(OpTable &table) {
  table["SequenceConstruct"] = {construct, ""};
  table["SequenceEmpty"] = {[](Call &call) { give(call, Value(std::vector<Array>())); }, "dtype"};
  table["SequenceAt"] = {at, ""};
  table["SequenceErase"] = {erase, ""};
  table["SequenceInsert"] = {insert, ""};
  table["SequenceLength"] = {length, ""};
  table["SplitToSequence"] = {splitToSequence, "axis keepdims"};
  table["ConcatFromSequence"] = {concatFromSequence, "axis new_axis"};
  table["SequenceMap"] = {map, "body", 0, false};
  table["Optional"] = {optional, "type"};
  table["OptionalHasElement"] = {hasElement, ""};
  table["OptionalGetElement"] = {getElement, ""};
}

} // namespace clew::onnx
