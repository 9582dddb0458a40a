// See PaddedForm.h.
#include "runtime/onnx/PaddedForm.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace clew::onnx {
namespace {

/// Whether `row` is ones, and zeros behind them; how many ones, or -1.
int64_t tokensOf(std::span<const int64_t> row) {
  const auto end = std::ranges::find_if(row, [](int64_t value) { return value != 1; });
  const bool padded = std::all_of(end, row.end(), [](int64_t value) { return value == 0; });
  return padded ? end - row.begin() : -1;
}

Failure unfit(const std::string &why) { return fail(ErrorKind::BadInput, why); }

Result<void> takeTokens(const PaddedInput &input, const PaddedValues &values, const PackedRows &rows,
                        std::vector<int32_t> &out) {
  for (int64_t row = 0; row < rows.batch; ++row) {
    const int64_t count = rows.offsets[static_cast<size_t>(row) + 1] - rows.offsets[static_cast<size_t>(row)];
    const auto tokens =
        std::span(values.values).subspan(static_cast<size_t>(row * rows.places), static_cast<size_t>(count));
    for (const int64_t value : tokens) {
      if (value < 0 || value > INT32_MAX) {
        return unfit(fmt::format("{} has {} at a token", quoteName(input.name), value));
      }
      if (std::ranges::find(input.never, value) != input.never.end()) {
        return unfit(
            fmt::format("{} has {} at a token, which the file takes for padding", quoteName(input.name), value));
      }
      out.push_back(static_cast<int32_t>(value));
    }
  }
  return {};
}

/// Steps from one element of an axis to the next, of one kind of atom.
struct Steps {
  std::vector<std::pair<int64_t, int64_t>>
      columns; ///< of columns of the row, and of elements of the output: (size, stride) folded out
  int64_t batch = 0;
  int64_t token = 0;
};

/// Where each column of a row goes, and how far rows and sequences are apart.
Steps stepsOf(const PaddedOutput &output, const PackedRows &rows) {
  Steps steps;
  steps.columns = {{0, 0}};
  int64_t step = 1;
  for (auto axis = output.axes.rbegin(); axis != output.axes.rend(); ++axis) {
    for (auto atom = axis->rbegin(); atom != axis->rend(); ++atom) {
      if (atom->kind == PaddedAtom::Kind::Batch) {
        steps.batch = step;
        step *= rows.batch;
      } else if (atom->kind == PaddedAtom::Kind::Token) {
        steps.token = step;
        step *= rows.places;
      } else {
        std::vector<std::pair<int64_t, int64_t>> all;
        for (int64_t i = 0; i < atom->size; ++i) {
          for (const auto &[from, to] : steps.columns) {
            all.emplace_back(from + i * atom->stride, to + i * step);
          }
        }
        steps.columns = std::move(all);
        step *= atom->size;
      }
    }
  }
  std::ranges::sort(steps.columns);
  return steps;
}

} // namespace

Result<PackedRows> pack(const PaddedForm &form, std::span<const PaddedValues> inputs) {
  PackedRows rows;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dims.size() != 2 || inputs[i].dims != inputs[0].dims) {
      return unfit(fmt::format("{} is {}, not {}", quoteName(form.inputs[i].name), renderShape(inputs[i].dims),
                               renderShape(inputs[0].dims)));
    }
  }
  rows.batch = inputs[0].dims[0];
  rows.places = inputs[0].dims[1];
  if (rows.batch < 1 || rows.places < 1 || rows.batch > INT32_MAX / rows.places) {
    return unfit("there are no tokens, or too many");
  }
  if (form.mostPlaces > 0 && rows.places > form.mostPlaces) {
    return unfit(fmt::format("there are {} places, more than {}", rows.places, form.mostPlaces));
  }
  rows.offsets.push_back(0);
  for (int64_t row = 0; row < rows.batch; ++row) {
    int64_t count = rows.places;
    if (form.mask >= 0) {
      const auto &mask = inputs[static_cast<size_t>(form.mask)].values;
      count =
          tokensOf(std::span(mask).subspan(static_cast<size_t>(row * rows.places), static_cast<size_t>(rows.places)));
    }
    if (count < 1) {
      return unfit(fmt::format("row {} of the mask is not ones followed by zeros", row));
    }
    if (count < rows.places && !form.wholeOnly.empty()) {
      return unfit(form.wholeOnly);
    }
    rows.offsets.push_back(static_cast<int32_t>(rows.offsets.back() + count));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int32_t> &values = rows.values.emplace_back();
    if (form.inputs[i].packed.empty()) {
      continue;
    }
    if (const Result<void> taken = takeTokens(form.inputs[i], inputs[i], rows, values); !taken) {
      return fail(taken);
    }
  }
  return rows;
}

std::vector<int64_t> dimsOf(const PaddedOutput &output, const PackedRows &rows) {
  std::vector<int64_t> dims;
  for (const std::vector<PaddedAtom> &axis : output.axes) {
    int64_t &extent = dims.emplace_back(1);
    for (const PaddedAtom &atom : axis) {
      extent *= atom.kind == PaddedAtom::Kind::Batch   ? rows.batch
                : atom.kind == PaddedAtom::Kind::Token ? rows.places
                                                       : atom.size;
    }
  }
  return dims;
}

void spread(const PaddedOutput &output, const PackedRows &rows, std::span<const float> from, int64_t columns,
            std::span<float> to) {
  const Steps steps = stepsOf(output, rows);
  const bool byToken = steps.token > 0;
  const bool plain = std::ranges::all_of(steps.columns, [](const auto &step) { return step.first == step.second; }) &&
                     static_cast<int64_t>(steps.columns.size()) == columns;
  std::ranges::fill(to, 0.0F);
  for (int64_t row = 0; row < rows.batch; ++row) {
    const int64_t begin = byToken ? rows.offsets[static_cast<size_t>(row)] : row;
    const int64_t end = byToken ? rows.offsets[static_cast<size_t>(row) + 1] : row + 1;
    for (int64_t at = begin; at < end; ++at) {
      const float *source = from.data() + at * columns;
      float *target = to.data() + row * steps.batch + (at - begin) * steps.token;
      if (plain) {
        std::memcpy(target, source, static_cast<size_t>(columns) * sizeof(float));
        continue;
      }
      for (const auto &[column, place] : steps.columns) {
        target[place] = source[column];
      }
    }
  }
}

} // namespace clew::onnx
