// See Evaluator.h.
#include "runtime/evaluate/Evaluator.h"

#include "runtime/evaluate/Plan.h"
#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <optional>

namespace clew::onnx {

void runOp(const Op &op, Call &call) {
  DataType half = DataType::Undefined;
  for (size_t i = 0; op.halves != 0 && i < call.inputs.size(); ++i) {
    Array &array = call.inputs[i].array;
    if (call.inputs[i].kind == Value::Kind::Array &&
        (array.type == DataType::Float16 || array.type == DataType::BFloat16)) {
      half = half == DataType::Undefined ? array.type : half;
      array = converted(call, array, DataType::Float);
    }
  }
  if (call.ok()) {
    op.run(call);
  }
  for (size_t i = 0; half != DataType::Undefined && call.ok() && i < call.outputs.size(); ++i) {
    Array &array = call.outputs[i].array;
    if ((op.halves >> i & 1) != 0 && call.outputs[i].kind == Value::Kind::Array && array.type == DataType::Float) {
      array = converted(call, array, half);
    }
  }
}

/// The values of a graph that runs, and of those that it stands in.
struct Frame {
  const Frame *outer = nullptr;
  const Plan *plan = nullptr;
  std::vector<Value> values;

  const Value &at(const Ref &ref) const {
    const Frame *frame = this;
    for (int i = 0; i < ref.out; ++i) {
      frame = frame->outer;
    }
    return frame->values[static_cast<size_t>(ref.slot)];
  }
};

struct Evaluator::Impl {
  Impl(const Model &model, std::string where, const EvaluatorLimits &limits)
      : model(model), where(where), planner(model, where, limits), memory(std::make_shared<Memory>(limits.mostBytes)) {}

  Result<std::vector<Value>> run(const Plan &plan, const Frame *outer, std::vector<Value> inputs, int threads);
  Result<void> runStep(const Step &step, Frame &frame, int threads);
  Result<void> checkInputs(const std::vector<Value> &inputs) const;

  const Model &model;
  std::string where;
  Planner planner;
  std::unique_ptr<Plan> plan;
  std::shared_ptr<Memory> memory;
};

Evaluator::Evaluator(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Evaluator::Evaluator(Evaluator &&) noexcept = default;
Evaluator &Evaluator::operator=(Evaluator &&) noexcept = default;
Evaluator::~Evaluator() = default;

Result<Evaluator> Evaluator::create(const Model &model, const std::string &where, const EvaluatorLimits &limits) {
  auto impl = std::make_unique<Impl>(model, where, limits);
  Result<std::unique_ptr<Plan>> plan = impl->planner.plan();
  if (!plan) {
    return fail(plan);
  }
  impl->plan = std::move(*plan);
  return Evaluator(std::move(impl));
}

size_t Evaluator::steps() const { return impl->plan->steps.size(); }

Result<void> Evaluator::Impl::checkInputs(const std::vector<Value> &inputs) const {
  std::map<std::string, int64_t> extents;
  const auto bad = [&](const ValueInfo &info, const std::string &found) {
    std::string shape;
    for (const Dimension &dimension : info.shape) {
      const auto *extent = std::get_if<int64_t>(&dimension);
      const std::string name = extent ? std::to_string(*extent) : std::get<std::string>(dimension);
      shape += (shape.empty() ? "" : ", ") + (name.empty() ? "?" : name);
    }
    return fail(
        ErrorKind::BadInput,
        fmt::format("input {}: expected {} [{}], found {}", quoteName(info.name), nameOf(info.type), shape, found),
        where);
  };
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueInfo &info = model.graph.inputs[i];
    if (info.kind != ValueInfo::Kind::Tensor || inputs[i].kind != Value::Kind::Array) {
      continue;
    }
    const Array &array = inputs[i].array;
    if (array.type != info.type || (info.ranked && array.dims.size() != info.shape.size())) {
      return bad(info, render(array));
    }
    for (size_t axis = 0; info.ranked && axis < info.shape.size(); ++axis) {
      const auto *fixed = std::get_if<int64_t>(&info.shape[axis]);
      const auto *name = std::get_if<std::string>(&info.shape[axis]);
      if (name && name->empty()) {
        continue;
      }
      const int64_t expected = fixed ? *fixed : extents.emplace(*name, array.dims[axis]).first->second;
      if (expected != array.dims[axis]) {
        return bad(info, render(array) + (fixed ? "" : fmt::format(", but {} is {}", quoteName(*name), expected)));
      }
    }
  }
  return {};
}

Result<std::vector<Value>> Evaluator::run(std::vector<Value> inputs, int threads) {
  if (inputs.size() != impl->model.graph.inputs.size()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected {} inputs, found {}", impl->model.graph.inputs.size(), inputs.size()),
                impl->where);
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueInfo &info = impl->model.graph.inputs[i];
    const int slot = impl->plan->inputs[i];
    const bool standard = std::ranges::any_of(impl->plan->constants, [&](const auto &c) { return c.first == slot; });
    const bool optional = info.kind == ValueInfo::Kind::Optional || info.kind == ValueInfo::Kind::OptionalSequence;
    if (inputs[i].kind == Value::Kind::None && !standard && !optional) {
      return fail(ErrorKind::BadInput, fmt::format("input {} is missing", quoteName(info.name)), impl->where);
    }
  }
  if (const Result<void> right = impl->checkInputs(inputs); !right) {
    return fail(right);
  }
  return impl->run(*impl->plan, nullptr, std::move(inputs), threads);
}

Result<std::vector<Value>> Evaluator::Impl::run(const Plan &plan, const Frame *outer, std::vector<Value> inputs,
                                                int threads) {
  Frame frame{outer, &plan, {}};
  frame.values.resize(static_cast<size_t>(plan.slots));
  for (const auto &[slot, value] : plan.constants) {
    frame.values[static_cast<size_t>(slot)] = value;
  }
  for (size_t i = 0; i < inputs.size() && i < plan.inputs.size(); ++i) {
    if (inputs[i].kind != Value::Kind::None) {
      frame.values[static_cast<size_t>(plan.inputs[i])] = std::move(inputs[i]);
    }
  }
  for (const Step &step : plan.steps) {
    if (const Result<void> done = runStep(step, frame, threads); !done) {
      return fail(done);
    }
  }
  std::vector<Value> outputs;
  for (const Ref &ref : plan.outputs) {
    outputs.push_back(ref.slot < 0 ? Value() : frame.at(ref));
  }
  return outputs;
}

Result<void> Evaluator::Impl::runStep(const Step &step, Frame &frame, int threads) {
  Call call;
  call.node = step.node;
  call.opset = step.opset;
  call.threads = threads;
  call.memory = memory.get();
  call.kept = &step.kept;
  call.constant = step.constant;
  call.inputs.resize(step.inputs.size());
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const Ref &ref = step.inputs[i];
    if (ref.slot >= 0) {
      if (step.last[i]) {
        call.inputs[i] = std::move(frame.values[static_cast<size_t>(ref.slot)]);
      } else {
        call.inputs[i] = frame.at(ref);
      }
    }
  }
  std::optional<Error> inner;
  if (step.function) {
    Result<std::vector<Value>> results = run(*step.function, nullptr, std::move(call.inputs), threads);
    if (!results) {
      return fail(results);
    }
    call.outputs = std::move(*results);
  } else {
    call.runBody = [&](const Graph &body, std::vector<Value> inputs) -> Result<std::vector<Value>> {
      const auto found = frame.plan->bodies.find(&body);
      Result<std::vector<Value>> results = run(*found->second, &frame, std::move(inputs), threads);
      if (!results) {
        inner = results.error();
      }
      return results;
    };
    runOp(*step.op, call);
  }
  if (inner) {
    return Failure(*inner);
  }
  if (!call.ok()) {
    return fail(call.error().kind, fmt::format("{}: {}", nameOf(*step.node), call.error().message), where);
  }
  call.outputs.resize(std::max(call.outputs.size(), step.outputs.size()));
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] >= 0) {
      frame.values[static_cast<size_t>(step.outputs[i])] = std::move(call.outputs[i]);
    }
  }
  for (const int slot : step.dead) {
    frame.values[static_cast<size_t>(slot)] = Value();
  }
  return {};
}

} // namespace clew::onnx
