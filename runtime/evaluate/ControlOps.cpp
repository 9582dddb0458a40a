// If, Loop, Scan: graphs in nodes.
#include "runtime/evaluate/Ops.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>

namespace clew::onnx {
namespace {

/// Runs a body; on failure the executor has the error, and the call is over.
bool runInside(Call &call, const Graph &body, std::vector<Value> inputs, std::vector<Value> &outputs) {
  if (!call.need(inputs.size() == body.inputs.size(), "expected a body of {} inputs, found {}", inputs.size(),
                 body.inputs.size())) {
    return false;
  }
  Result<std::vector<Value>> results = call.runBody(body, std::move(inputs));
  if (!results) {
    call.refuse(results.error().kind, results.error().message);
    return false;
  }
  outputs = std::move(*results);
  return true;
}

bool truth(Call &call, const Value &value) {
  const bool good = value.kind == Value::Kind::Array && value.array.type == DataType::Bool && value.array.count() == 1;
  return call.need(good, "expected one bool as a condition") && *value.array.as<uint8_t>() != 0;
}

void branch(Call &call) {
  if (!call.need(call.has(0), "expected a condition")) {
    return;
  }
  const bool condition = truth(call, call.inputs[0]);
  const Graph *body = call.graph(condition ? "then_branch" : "else_branch");
  if (call.ok() && call.need(body != nullptr, "expected two branches")) {
    runInside(call, *body, {}, call.outputs);
  }
}

Array scalar(Call &call, DataType type, int64_t value) {
  Array array = call.make(type, {});
  if (call.ok() && type == DataType::Bool) {
    *array.to<uint8_t>() = value != 0;
  } else if (call.ok()) {
    *array.to<int64_t>() = value;
  }
  return array;
}

/// Arrays of one shape, one behind the other on a new axis; all of them, or backwards.
Array stacked(Call &call, const std::vector<Array> &parts, int64_t axis, bool backwards) {
  if (!call.need(!parts.empty(), "ran no time, and gives what it makes each time: its shape is not known")) {
    return {};
  }
  Shape dims = parts[0].dims;
  axis = call.axisOf(axis, static_cast<int64_t>(dims.size()) + 1);
  dims.insert(dims.begin() + axis, static_cast<int64_t>(parts.size()));
  Array to = call.make(parts[0].type, dims);
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(static_cast<size_t>(axis) + 1));
  for (size_t i = 0; call.ok() && i < parts.size(); ++i) {
    if (!call.need(parts[i].type == to.type && parts[i].dims == parts[0].dims, "expected one shape each time")) {
      return {};
    }
    const size_t at = backwards ? parts.size() - 1 - i : i;
    withElement(to.type, [&]<typename T>() {
      const int64_t outer = inner == 0 ? 0 : parts[i].count() / inner;
      for (int64_t o = 0; o < outer; ++o) {
        std::copy_n(elements<T>(parts[i]) + o * inner, inner,
                    elementsTo<T>(to) + (o * static_cast<int64_t>(parts.size()) + static_cast<int64_t>(at)) * inner);
      }
    });
  }
  return to;
}

void loop(Call &call) {
  const Graph *body = call.graph("body");
  if (!call.need(body != nullptr && body->inputs.size() >= 2 && !body->outputs.empty(), "expected a body")) {
    return;
  }
  int64_t most = INT64_MAX;
  if (call.has(0)) {
    const Shape trips = call.numbersOf(0);
    most = call.need(trips.size() == 1, "expected one number of trips") ? trips[0] : 0;
  }
  bool goes = !call.has(1) || truth(call, call.inputs[1]);
  const size_t carried = call.inputs.size() - std::min<size_t>(2, call.inputs.size());
  if (!call.ok() || !call.need(body->outputs.size() >= 1 + carried, "expected a body of {} results", 1 + carried)) {
    return;
  }
  std::vector<Value> states(
      std::make_move_iterator(call.inputs.begin() + std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(call.inputs.size()))),
      std::make_move_iterator(call.inputs.end()));
  std::vector<std::vector<Array>> scans(body->outputs.size() - 1 - carried);
  for (int64_t i = 0; i < most && goes; ++i) {
    std::vector<Value> inputs{Value(scalar(call, DataType::Int64, i)), Value(scalar(call, DataType::Bool, 1))};
    inputs.insert(inputs.end(), std::make_move_iterator(states.begin()), std::make_move_iterator(states.end()));
    std::vector<Value> results;
    if (!runInside(call, *body, std::move(inputs), results)) {
      return;
    }
    goes = truth(call, results[0]);
    for (size_t k = 0; k < carried; ++k) {
      states[k] = std::move(results[1 + k]);
    }
    for (size_t k = 0; k < scans.size() && call.ok(); ++k) {
      scans[k].push_back(results[1 + carried + k].array);
    }
    if (!call.ok()) {
      return;
    }
  }
  call.outputs = std::move(states);
  for (size_t k = 0; k < scans.size() && call.ok(); ++k) {
    if (scans[k].empty()) { // no trip: what the body declares, empty
      const ValueInfo &info = body->outputs[1 + carried + k];
      Shape dims{0};
      for (const Dimension &dimension : info.shape) {
        dims.push_back(std::holds_alternative<int64_t>(dimension) ? std::get<int64_t>(dimension) : 0);
      }
      call.outputs.emplace_back(call.make(info.type, dims));
    } else {
      call.outputs.emplace_back(stacked(call, scans[k], 0, false));
    }
  }
}

/// Element i of an axis, without the axis.
Array sliceOf(Call &call, const Array &x, int64_t axis, int64_t i) {
  Shape dims = x.dims;
  const int64_t extent = dims[static_cast<size_t>(axis)];
  const int64_t inner = product(std::span<const int64_t>(dims).subspan(static_cast<size_t>(axis) + 1));
  dims.erase(dims.begin() + axis);
  Array to = call.make(x.type, dims);
  if (call.ok() && inner > 0) {
    withElement(x.type, [&]<typename T>() {
      for (int64_t o = 0; o < to.count() / inner; ++o) {
        std::copy_n(elements<T>(x) + (o * extent + i) * inner, inner, elementsTo<T>(to) + o * inner);
      }
    });
  }
  return to;
}

/// What a Scan's attributes say of its inputs and outputs.
struct ScanForm {
  size_t states = 0;
  Shape axes, outputAxes, directions, outputDirections;
};

/// One scan over `inputs`: states, then what is scanned.
bool scanOnce(Call &call, const Graph &body, const ScanForm &form, std::vector<Value> inputs,
              std::vector<Value> &outputs, int64_t longest) {
  const size_t scanned = inputs.size() - form.states;
  int64_t length = -1;
  for (size_t k = 0; k < scanned; ++k) {
    const Value &value = inputs[form.states + k];
    if (!call.need(value.kind == Value::Kind::Array, "expected tensors to scan")) {
      return false;
    }
    const int64_t axis = call.axisOf(form.axes.empty() ? 0 : form.axes[k], value.array.rank());
    if (!call.ok()) {
      return false;
    }
    const int64_t extent = value.array.dims[static_cast<size_t>(axis)];
    length = length < 0 ? extent : length;
    if (!call.need(extent == length, "expected one length to scan, found {} and {}", length, extent)) {
      return false;
    }
  }
  std::vector<Value> states(inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(form.states));
  std::vector<std::vector<Array>> scans(body.outputs.size() - form.states);
  for (int64_t t = 0; t < std::min(length, longest); ++t) {
    std::vector<Value> given = std::move(states);
    for (size_t k = 0; k < scanned; ++k) {
      const Array &array = inputs[form.states + k].array;
      const bool backwards = !form.directions.empty() && form.directions[k] != 0;
      given.emplace_back(sliceOf(call, array, call.axisOf(form.axes.empty() ? 0 : form.axes[k], array.rank()),
                                 backwards ? length - 1 - t : t));
    }
    std::vector<Value> results;
    if (!call.ok() || !runInside(call, body, std::move(given), results)) {
      return false;
    }
    for (size_t k = 0; k < scans.size(); ++k) {
      scans[k].push_back(results[form.states + k].array);
    }
    results.resize(form.states);
    states = std::move(results);
  }
  outputs = std::move(states);
  for (size_t k = 0; k < scans.size() && call.ok(); ++k) {
    const bool backwards = !form.outputDirections.empty() && form.outputDirections[k] != 0;
    outputs.emplace_back(stacked(call, scans[k], form.outputAxes.empty() ? 0 : form.outputAxes[k], backwards));
  }
  return call.ok();
}

/// Opset 8: every input has a batch in front, and the first input lengths.
void scanBatches(Call &call, const Graph &body, ScanForm form) {
  const size_t count = call.inputs.size() - 1;
  form.states = count - form.axes.size();
  form.axes.clear();
  if (!call.need(count > 0 && call.in(1).rank() > 0, "expected inputs with a batch")) {
    return;
  }
  const Shape lengths = call.has(0) ? call.numbersOf(0, 1 << 20) : Shape();
  const int64_t batch = call.in(1).dims[0];
  std::vector<std::vector<Array>> parts;
  for (int64_t b = 0; b < batch && call.ok(); ++b) {
    std::vector<Value> inputs;
    for (size_t k = 1;
         k <= count && call.need(call.in(k).rank() > 0 && call.in(k).dims[0] == batch, "expected a batch of {}", batch);
         ++k) {
      inputs.emplace_back(sliceOf(call, call.in(k), 0, b));
    }
    std::vector<Value> outputs;
    if (!call.ok() || !scanOnce(call, body, form, std::move(inputs), outputs,
                                lengths.empty() ? INT64_MAX : lengths[static_cast<size_t>(b)])) {
      return;
    }
    parts.resize(outputs.size());
    for (size_t k = 0; k < outputs.size(); ++k) {
      parts[k].push_back(outputs[k].array);
    }
  }
  for (const std::vector<Array> &part : parts) {
    call.outputs.emplace_back(stacked(call, part, 0, false));
  }
}

void scan(Call &call) {
  const Graph *body = call.graph("body");
  const int64_t count = call.integer("num_scan_inputs");
  const auto inputs = static_cast<int64_t>(call.inputs.size());
  const bool batched = call.opset < 9;
  if (!call.need(body != nullptr && count > 0 && count <= inputs - (batched ? 1 : 0),
                 "expected a body and inputs to scan")) {
    return;
  }
  ScanForm form;
  form.states = static_cast<size_t>(inputs - count);
  form.axes = batched ? Shape(static_cast<size_t>(count), 0) : call.integers("scan_input_axes");
  form.outputAxes = call.integers("scan_output_axes");
  form.directions = call.integers(batched ? "directions" : "scan_input_directions");
  form.outputDirections = call.integers("scan_output_directions");
  const size_t made = body->outputs.size() - std::min(body->outputs.size(), batched ? form.states - 1 : form.states);
  const auto fits = [](const Shape &list, size_t expected) { return list.empty() || list.size() == expected; };
  const auto scanned = static_cast<size_t>(count);
  if (!call.need(body->outputs.size() >= (batched ? form.states - 1 : form.states) && fits(form.axes, scanned) &&
                     fits(form.directions, scanned) && fits(form.outputAxes, made) && fits(form.outputDirections, made),
                 "expected an axis and a direction for each input and output that is scanned")) {
    return;
  }
  if (batched) {
    scanBatches(call, *body, form);
  } else {
    scanOnce(call, *body, form, std::move(call.inputs), call.outputs, INT64_MAX);
  }
}

} // namespace

void addControlOps(OpTable &table) {
  table["If"] = {branch, "then_branch else_branch", 0, false};
  table["Loop"] = {loop, "body", 0, false};
  table["Scan"] = {
      scan,
      "body num_scan_inputs scan_input_axes scan_output_axes scan_input_directions scan_output_directions directions",
      0, false};
}

} // namespace clew::onnx
