// Everything that a kernel may rely on about its inputs is checked here, once a batch.
#include "runtime/program/Batch.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <string>

namespace clew {

namespace {

using Values = std::span<const int32_t>;

/// What one element of a level, or one value of an input, is called: "tokens" are tokens, "ids" are ids; what stands in a batch is a row.
std::string singular(std::string_view name) {
  if (name == "batch") {
    return "row";
  }
  return std::string(name.substr(0, name.size() - (name.ends_with('s') && name.size() > 1 ? 1 : 0)));
}

const Input &offsetsInput(const Program &program, size_t level) {
  return *std::ranges::find_if(program.inputs, [&](const Input &input) {
    return input.kind == InputKind::Offsets && input.level == static_cast<int32_t>(level);
  });
}

/// Checks one batch against one Program; the first complaint wins.
class BatchCheck {
public:
  BatchCheck(const Program &program, const Batch &batch) : program(program), batch(batch) {}

  Result<BatchSize> run() {
    if (auto known = checkNames(); !known) {
      return fail(known);
    }
    for (size_t level = 1; level < program.levels.size(); ++level) {
      if (auto ok = checkOffsets(level); !ok) {
        return fail(ok);
      }
    }
    for (const Input &input : program.inputs) {
      if (auto ok = input.kind == InputKind::Values ? checkValues(input) : Result<void>(); !ok) {
        return fail(ok);
      }
    }
    return size;
  }

private:
  Result<void> checkNames() const {
    for (const BatchInput &other : batch.others) {
      const Input *input = findInput(program, other.name);
      if (!input || (input->kind != InputKind::Values && input->kind != InputKind::Offsets)) {
        return fail(ErrorKind::BadInput, fmt::format("the model reads no '{}'", other.name));
      }
      if (std::ranges::count(batch.others, other.name, &BatchInput::name) > 1 ||
          batch.find(other.name).data() != other.values.data()) {
        return fail(ErrorKind::BadInput, fmt::format("the batch has two '{}'", other.name));
      }
    }
    return {};
  }

  Result<void> checkOffsets(size_t index) {
    const Level &level = program.levels[index];
    const auto parent = static_cast<size_t>(level.parent);
    const Input &input = offsetsInput(program, index);
    const Values offsets = batch.find(input.name);
    const std::string holder = singular(program.levels[parent].name);
    if (offsets.size() < 2 || offsets.size() > INT32_MAX) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected '{}' of at least one {} and less than 2^31, found {} numbers", input.name,
                              holder, offsets.size()));
    }
    LevelSize &mine = size[index];
    const auto holders = static_cast<int64_t>(offsets.size()) - 1;
    if (parent == 0 && size[0].count == 0) {
      size[0] = {holders, holders};
    }
    if (size[parent].count != holders) {
      return fail(ErrorKind::BadInput, fmt::format("'{}' must have {} numbers, one more than there are {}, found {}",
                                                   input.name, size[parent].count + 1, plural(parent), offsets.size()));
    }
    if (offsets.front() != 0) {
      return fail(ErrorKind::BadInput, fmt::format("{} must begin with 0, found {}", input.name, offsets.front()));
    }
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      const int64_t length = static_cast<int64_t>(offsets[i + 1]) - offsets[i];
      if (length < 0) {
        return fail(ErrorKind::BadInput,
                    fmt::format("{} {}: {} fall from {} to {}", holder, i, input.name, offsets[i], offsets[i + 1]));
      }
      if (length == 0) {
        return fail(ErrorKind::BadInput, fmt::format("{} {} is empty", holder, i));
      }
      if (level.most > 0 && length > level.most) {
        return fail(ErrorKind::BadInput, fmt::format("{} {} has {} {}, the model takes at most {}", holder, i, length,
                                                     level.name, level.most));
      }
      mine.longest = std::max(mine.longest, length);
    }
    mine.count = offsets.back();
    return {};
  }

  /// As many as there are elements, all of them in 0..limit-1; the first that is not is named by its place.
  Result<void> checkValues(const Input &input) {
    const Values values = batch.find(input.name);
    if (values.empty() && input.optional) {
      return {};
    }
    LevelSize &level = size[static_cast<size_t>(input.level)];
    if (static_cast<int64_t>(values.size()) != level.count) {
      return fail(ErrorKind::BadInput, fmt::format("{} {} for {} {}", values.size(), input.name, level.count,
                                                   plural(static_cast<size_t>(input.level))));
    }
    if (input.at >= 0) {
      return checkPlaces(input, values);
    }
    const auto bad = std::ranges::find_if(values, [&](int32_t value) { return value < 0 || value >= input.limit; });
    if (input.limit == 0 || bad == values.end()) {
      return {};
    }
    return fail(ErrorKind::BadInput,
                fmt::format("{}: {} {} is not in 0..{}", placeOf(input.level, bad - values.begin()),
                            singular(input.name), *bad, input.limit - 1));
  }

  /// Each is the index of an element of the other level in the one that holds both.
  Result<void> checkPlaces(const Input &input, Values values) const {
    const Values own = batch.find(offsetsInput(program, static_cast<size_t>(input.level)).name);
    const Values others = batch.find(offsetsInput(program, static_cast<size_t>(input.at)).name);
    for (size_t holder = 0; holder + 1 < own.size(); ++holder) {
      const int32_t count = others[holder + 1] - others[holder];
      for (int32_t i = own[holder]; i < own[holder + 1]; ++i) {
        const int32_t value = values[static_cast<size_t>(i)];
        if (value < 0 || value >= count) {
          return fail(ErrorKind::BadInput, fmt::format("{}: {} is not in 0..{}, the {} there", placeOf(input.level, i),
                                                       value, count - 1, plural(static_cast<size_t>(input.at))));
        }
      }
    }
    return {};
  }

  std::string plural(size_t level) const { return level == 0 ? "rows" : program.levels[level].name; }

  /// "row 2, token 3": an element and the one that holds it.
  std::string placeOf(int32_t index, int64_t element) const {
    const Level &level = program.levels[static_cast<size_t>(index)];
    if (level.parent < 0) {
      return fmt::format("{} {}", singular(level.name), element);
    }
    const Values offsets = batch.find(offsetsInput(program, static_cast<size_t>(index)).name);
    const auto holder = std::ranges::upper_bound(offsets, element) - offsets.begin() - 1;
    return fmt::format("{} {}, {} {}", singular(program.levels[static_cast<size_t>(level.parent)].name), holder,
                       singular(level.name), element - offsets[static_cast<size_t>(holder)]);
  }

  const Program &program;
  const Batch &batch;
  BatchSize size = {};
};

void derivePositions(Values offsets, std::vector<int32_t> &positions) {
  positions.resize(static_cast<size_t>(offsets.back()));
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    std::iota(positions.begin() + offsets[i], positions.begin() + offsets[i + 1], 0);
  }
}

/// Indices in what holds both levels become those in the batch.
void derivePlaces(Values offsets, Values others, Values values, std::vector<int32_t> &places) {
  places.assign(values.begin(), values.end());
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    for (int32_t element = offsets[i]; element < offsets[i + 1]; ++element) {
      places[static_cast<size_t>(element)] += others[i];
    }
  }
}

void deriveOrder(Values offsets, std::vector<int32_t> &order) {
  order.resize(offsets.size() - 1);
  std::iota(order.begin(), order.end(), 0);
  const auto lengthOf = [&](int32_t i) {
    return offsets[static_cast<size_t>(i) + 1] - offsets[static_cast<size_t>(i)];
  };
  std::ranges::sort(
      order, [&](int32_t a, int32_t b) { return lengthOf(a) != lengthOf(b) ? lengthOf(a) > lengthOf(b) : a < b; });
}

} // namespace

std::span<const int32_t> Batch::find(std::string_view name) const {
  if (name == "ids" || name == "segments" || name == "offsets") {
    const Values &own = name == "ids" ? ids : name == "segments" ? segments : offsets;
    if (!own.empty()) {
      return own;
    }
  }
  const auto found = std::ranges::find(others, name, &BatchInput::name);
  return found == others.end() ? Values() : found->values;
}

Result<BatchSize> checkBatch(const Program &program, const Batch &batch) { return BatchCheck(program, batch).run(); }

void derive(const Program &program, const Batch &batch, const BatchSize &size, DerivedInputs &derived) {
  derived.arrays.resize(program.inputs.size());
  derived.pointers.assign(program.inputs.size(), nullptr);
  for (size_t index = 0; index < program.inputs.size(); ++index) {
    const Input &input = program.inputs[index];
    std::vector<int32_t> &made = derived.arrays[index];
    const auto level = static_cast<size_t>(input.level);
    const LevelSize &elements = size[level];
    const Values offsets = level == 0 ? Values() : batch.find(offsetsInput(program, level).name);
    switch (input.kind) {
    case InputKind::Values: {
      const Values values = batch.find(input.name);
      if (input.at >= 0) {
        derivePlaces(offsets, batch.find(offsetsInput(program, static_cast<size_t>(input.at)).name), values, made);
        break;
      }
      if (values.empty() && static_cast<int64_t>(derived.zeros.size()) < elements.count) {
        derived.zeros.resize(static_cast<size_t>(elements.count));
      }
      derived.pointers[index] = values.empty() ? nullptr : values.data();
      continue;
    }
    case InputKind::Offsets:
      derived.pointers[index] = offsets.data();
      continue;
    case InputKind::Positions:
      derivePositions(offsets, made);
      break;
    case InputKind::Order:
      deriveOrder(offsets, made);
      break;
    case InputKind::Counts:
      made.assign({offsets.back(), static_cast<int32_t>(offsets.size()) - 1, static_cast<int32_t>(elements.longest)});
      break;
    case InputKind::Carried:
      continue;
    }
    derived.pointers[index] = made.data();
  }
  // Only now do the zeros stay where they are.
  for (size_t index = 0; index < program.inputs.size(); ++index) {
    if (program.inputs[index].optional && !derived.pointers[index]) {
      derived.pointers[index] = derived.zeros.data();
    }
  }
}

} // namespace clew
