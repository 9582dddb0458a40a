// See TrainingState.h.
#include "training/TrainingState.h"

#include "runtime/base/RandomBits.h"
#include "runtime/weights/NormalStream.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace clew {

Result<TrainingState> TrainingState::create(const Program &program, int moments, bool averaged) {
  TrainingState state(program);
  state.parameters.resize(program.parameters.size());
  const auto take = [&](int64_t elements) -> Result<std::span<float>> {
    auto arena = Arena::allocateArray(elements, sizeof(float));
    if (!arena) {
      return fail(arena);
    }
    std::memset(arena->data(), 0, arena->size());
    state.memory.push_back(std::move(*arena));
    return state.memory.back().as<float>().first(static_cast<size_t>(elements));
  };
  for (const State &described : program.states) {
    auto values = take(described.rows * described.columns);
    if (!values) {
      return fail(values);
    }
    state.bases.push_back(values->data());
    switch (described.kind) {
    case StateKind::Parameter:
      state.parameters[static_cast<size_t>(described.parameter)] = *values;
      break;
    case StateKind::Gradient:
      state.all.push_back({&program.parameters[static_cast<size_t>(described.parameter)], {}, *values, {}, {}});
      break;
    case StateKind::Random:
      state.random = reinterpret_cast<int32_t *>(values->data());
      break;
    }
  }
  for (Trained &one : state.all) {
    one.values = state.parameters[static_cast<size_t>(one.parameter - program.parameters.data())];
    for (int i = 0; i < moments + (averaged ? 1 : 0); ++i) {
      auto more = take(static_cast<int64_t>(one.values.size()));
      if (!more) {
        return fail(more);
      }
      if (i < moments) {
        one.moments.push_back(*more);
      } else {
        one.average = *more;
      }
    }
  }
  return state;
}

void TrainingState::setRandom(uint64_t seed, uint64_t step) {
  if (random) {
    const RandomState bits = randomState(seed, step);
    std::memcpy(random, bits.data(), sizeof(bits));
  }
}

void TrainingState::clearGradients() {
  for (Trained &one : all) {
    std::ranges::fill(one.gradient, 0.0F);
  }
}

std::vector<std::span<const float>> TrainingState::values(bool averages) const {
  std::vector<std::span<const float>> result(parameters.begin(), parameters.end());
  for (const Trained &one : all) {
    if (averages && !one.average.empty()) {
      result[static_cast<size_t>(one.parameter - program->parameters.data())] = one.average;
    }
  }
  return result;
}

int64_t TrainingState::bytes() const {
  int64_t sum = 0;
  for (const Arena &arena : memory) {
    sum += static_cast<int64_t>(arena.size());
  }
  return sum;
}

namespace {

int64_t gatesOf(const std::string &op) { return op == "lstm" ? 4 : op == "gru" ? 3 : 1; }

/// A vector's value: gains are 1, running variances too, biases 0 but for the forget gates of an LSTM.
void fillVector(const ParameterName &name, const Recipe &recipe, std::span<float> out) {
  const bool norm = name.op == "layer_norm" || name.op == "batch_norm";
  std::ranges::fill(out, (norm && name.suffix == "weight") || name.suffix == "running_var" ? 1.0F : 0.0F);
  if (name.op == "lstm" && name.suffix == "bias") {
    const size_t hidden = out.size() / 4;
    std::ranges::fill(out.subspan(hidden, hidden), static_cast<float>(recipe.initial.forgetBias));
  }
}

double deviationOf(const ParameterName &name, const Parameter &parameter, const Recipe &recipe) {
  if (name.op == "embedding" || name.op == "row") {
    return recipe.initial.tables;
  }
  if (recipe.initial.matrices == InitialValues::Matrices::Normal) {
    return recipe.initial.deviation;
  }
  // Glorot and Bengio 2010, equation 16, as a normal distribution; each gate is a matrix of its own.
  const auto rows = static_cast<double>(parameter.shape[0] / gatesOf(name.op));
  return std::sqrt(2 / (rows + static_cast<double>(parameter.shape[1])));
}

} // namespace

void initialize(TrainingState &state, const Program &program, const Model &model, const Recipe &recipe) {
  std::map<std::string, ParameterName> names;
  for (const ParameterName &name : parameterNames(model)) {
    names.try_emplace(name.full(), name);
  }
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const Parameter &parameter = program.parameters[i];
    const ParameterName &name = names.at(parameter.name);
    if (parameter.shape.size() == 1) {
      fillVector(name, recipe, state.valuesOf(i));
    } else {
      NormalStream(recipe.seed, parameter.name)
          .fill(0, state.valuesOf(i), 0, static_cast<float>(deviationOf(name, parameter, recipe)));
    }
  }
}

} // namespace clew
