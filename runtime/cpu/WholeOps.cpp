// See WholeOps.h. The functions here are for f32 and for shapes that fit; everything else is for runtime/ref, which says what is wrong.
#include "runtime/cpu/WholeOps.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/AttentionTraining.h"
#include "runtime/cpu/FirstError.h"
#include "runtime/cpu/FloatLoops.h"
#include "runtime/cpu/RecurrenceTraining.h"
#include "runtime/cpu/RowTraining.h"
#include "runtime/cpu/Vectors.h"
#include "runtime/ref/Activations.h"
#include "runtime/ref/Values.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {
namespace {

using ref::require;

/// Rows that a thread takes of an op that works row by row, and elements of one that works on each: fixed.
constexpr int64_t rowsAtOnce = 64;
constexpr int64_t elementsAtOnce = int64_t{1} << 15;

bool accumulates(const RefCall &call) { return call.attribute("accumulate", 0) != 0; }

//===-------------------------------------------------------------------------------------------------------------------===//
// Products and sums
//===-------------------------------------------------------------------------------------------------------------------===//

Result<void> linear(const RefCall &call, int threads, Workspace &memory) {
  const RefTensor &x = call.operands[0], &weight = call.operands[1], &y = call.results[0];
  const RefTensor *bias = call.operands.size() > 2 ? &call.operands[2] : nullptr;
  if (auto ok = require({{x.columns == weight.columns && ref::hasShape(y, x.rows, weight.rows) &&
                              (!bias || bias->elements() == weight.rows),
                          "expected x [n,K], weight [N,K], bias N and a result [n,N]"}});
      !ok) {
    return ok;
  }
  DenseProduct{.rows = x.rows,
               .depth = x.columns,
               .columns = y.columns,
               .a = floats(x),
               .b = floats(weight),
               .side = Side::Transposed,
               .bias = bias ? floats(*bias) : nullptr,
               .c = floats(y)}
      .run(threads, memory);
  return {};
}

Result<void> matmul(const RefCall &call, int threads, Workspace &memory) {
  const RefTensor &x = call.operands[0], &weight = call.operands[1], &y = call.results[0];
  if (auto ok = require({{x.columns == weight.rows && ref::hasShape(y, x.rows, weight.columns),
                          "expected x [n,N], weight [N,K] and a result [n,K]"}});
      !ok) {
    return ok;
  }
  DenseProduct{
      .rows = x.rows, .depth = x.columns, .columns = y.columns, .a = floats(x), .b = floats(weight), .c = floats(y)}
      .run(threads, memory);
  return {};
}

Result<void> outerSum(const RefCall &call, int threads, Workspace &memory) {
  const RefTensor &x = call.operands[0], &y = call.operands[1], &z = call.results[0];
  if (auto ok = require({{x.rows == y.rows && ref::hasShape(z, x.columns, y.columns),
                          "expected x [n,N], y [n,K] and a result [N,K]"}});
      !ok) {
    return ok;
  }
  DenseProduct{.rows = x.columns,
               .depth = x.rows,
               .columns = y.columns,
               .a = floats(x),
               .aTransposed = true,
               .b = floats(y),
               .c = floats(z),
               .onto = accumulates(call)}
      .run(threads, memory);
  return {};
}

CLEW_VECTORS void sumColumns(const float *x, int64_t rows, int64_t columns, int64_t begin, int64_t end, float *sums) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = begin; j < end; ++j) {
      sums[j] += x[i * columns + j];
    }
  }
}

Result<void> sumRows(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  if (auto ok = require({{y.elements() == x.columns, "the result must have a float for each column of x"}}); !ok) {
    return ok;
  }
  if (!accumulates(call)) {
    std::fill_n(floats(y), y.elements(), 0.0F);
  }
  constexpr int64_t together = 64;
  parallelFor(threads, ceilDiv(x.columns, together), [&](int64_t part, int) {
    sumColumns(floats(x), x.rows, x.columns, part * together, std::min((part + 1) * together, x.columns), floats(y));
  });
  return {};
}

Result<void> accumulate(const RefCall &call, int threads, Workspace &) {
  const RefTensor &x = call.operands[0], &y = call.results[0];
  if (auto ok = require({{x.elements() == y.elements(), "both must have one size"}}); !ok) {
    return ok;
  }
  parallelFor(threads, ceilDiv(x.elements(), elementsAtOnce), [&](int64_t part, int) {
    const int64_t begin = part * elementsAtOnce;
    addTo(floats(y) + begin, floats(x) + begin, std::min(elementsAtOnce, x.elements() - begin));
  });
  return {};
}

/// Threads share the columns, so that each row of the table is added to in the order of the ids.
Result<void> embeddingGradient(const RefCall &call, int threads, Workspace &) {
  const RefTensor &ids = call.operands[0], &dy = call.operands[1], &table = call.results[0];
  const auto start = static_cast<int64_t>(call.attribute("start", 0));
  const std::span rows(static_cast<const int32_t *>(ids.data), static_cast<size_t>(ids.elements()));
  if (auto ok =
          require({{ids.dtype == DType::I32 && ids.elements() == dy.rows && dy.columns == table.columns,
                    "ids must be one i32 for each row of dy, and the table as wide"},
                   {std::ranges::all_of(rows, [&](int64_t id) { return id + start >= 0 && id + start < table.rows; }),
                    "an id is not in the table"}});
      !ok) {
    return ok;
  }
  if (!accumulates(call)) {
    std::fill_n(floats(table), table.elements(), 0.0F);
  }
  constexpr int64_t together = 64;
  parallelFor(threads, ceilDiv(dy.columns, together), [&](int64_t part, int) {
    const int64_t begin = part * together;
    const int64_t count = std::min(together, dy.columns - begin);
    for (size_t t = 0; t < rows.size(); ++t) {
      addTo(floats(table) + (rows[t] + start) * table.columns + begin,
            floats(dy) + static_cast<int64_t>(t) * dy.columns + begin, count);
    }
  });
  return {};
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Others
//===-------------------------------------------------------------------------------------------------------------------===//

constexpr WholeForm kForms[] = {
    {"linear", linear},
    {"matmul", matmul},
    {"outer_sum", outerSum},
    {"sum_rows", sumRows},
    {"accumulate", accumulate},
    {"embedding_gradient", embeddingGradient},
    {"attention", attentionForward, runsAttention},
    {"attention_gradient", attentionBackward, runsAttentionGradient},
    {"recurrence", recurrenceForward, runsRecurrence},
    {"recurrence_gradient", recurrenceBackward, runsRecurrence},
};

/// Ops of runtime/ref that work row by row, so that threads can share the rows; bits of the operands whose rows are those of the result.
struct Shared {
  std::string_view op;
  uint32_t rowOperands = 0;
};
constexpr Shared kShared[] = {
    {"embedding", 1},  {"add", 3},        {"subtract", 3},     {"multiply", 3},
    {"scale", 1},      {"scale_by", 1},   {"softmax", 1},      {"softmax_gradient", 3},
    {"batch_norm", 1}, {"derivative", 3}, {"l2_normalize", 1}, {"l2_normalize_gradient", 3},
    {"slice", 1},      {"pad", 1},
};

bool allFloat(std::span<const RefTensor> views) {
  return std::ranges::all_of(
      views, [](const RefTensor &view) { return !view.data || view.dtype == DType::F32 || view.dtype == DType::I32; });
}

RefTensor rowsOf(const RefTensor &view, int64_t begin, int64_t end) {
  auto *bytes = static_cast<std::byte *>(view.data) + begin * view.columns * static_cast<int64_t>(bytesOf(view.dtype));
  return {view.dtype, end - begin, view.columns, bytes};
}

Result<void> byRows(const RefEntry &entry, uint32_t rowOperands, const RefCall &call, int threads) {
  const int64_t rows = call.results[0].rows;
  FirstError error;
  parallelFor(threads, ceilDiv(rows, rowsAtOnce), [&](int64_t part, int) {
    const int64_t begin = part * rowsAtOnce;
    const int64_t end = std::min(begin + rowsAtOnce, rows);
    std::vector<RefTensor> operands(call.operands.begin(), call.operands.end());
    for (size_t i = 0; i < operands.size(); ++i) {
      if ((rowOperands >> i & 1) != 0 && operands[i].rows == rows) {
        operands[i] = rowsOf(operands[i], begin, end);
      }
    }
    const RefTensor result = rowsOf(call.results[0], begin, end);
    error.note(entry.run({operands, std::span(&result, 1), call.attributes}, RefCompute::F32));
  });
  return error.take();
}

} // namespace

Result<WholeOp> WholeOp::find(std::string_view op) {
  WholeOp found;
  found.entry = findRefOp(op);
  if (!found.entry) {
    return fail(ErrorKind::Unsupported, fmt::format("there is no op '{}'", op));
  }
  for (const std::span<const WholeForm> forms : {std::span<const WholeForm>(kForms), rowForms()}) {
    if (const auto form = std::ranges::find(forms, op, &WholeForm::op); form != forms.end()) {
      found.form = *form;
    }
  }
  if (const auto shared = std::ranges::find(kShared, op, &Shared::op); shared != std::end(kShared)) {
    found.rowOperands = shared->rowOperands;
  } else if (ref::activationNumber(op)) {
    found.rowOperands = 1;
  }
  return found;
}

Result<void> WholeOp::run(const RefCall &call, int threads, Workspace &memory) const {
  memory.reset();
  if (auto ok = entry->checkCounts(call); !ok) {
    return ok;
  }
  const bool plain = allFloat(call.operands) && allFloat(call.results);
  if (plain && form.run && (!form.runs || form.runs(call))) {
    auto done = form.run(call, threads, memory);
    return done ? done : fail(done.error().kind, fmt::format("{}: {}", entry->name, done.error().message));
  }
  if (plain && rowOperands != 0 && call.results[0].rows > rowsAtOnce && call.result(0)) {
    return byRows(*entry, rowOperands, call, threads);
  }
  return entry->run(call, RefCompute::F32);
}

} // namespace clew
