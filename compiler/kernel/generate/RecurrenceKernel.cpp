// One step of the group: for each vector of units, products of all running rows, then their cells; at the end every row's new h
// takes the form in which it is multiplied. Weights therefore stream once a step, whatever the number of rows.
#include "compiler/kernel/generate/RecurrenceKernel.h"

#include "compiler/kernel/generate/RecurrentWeights.h"
#include "runtime/base/Rounding.h"

using namespace mlir;

namespace clew::compiler {
namespace {

constexpr int64_t cacheLine = 64;

/// Where a job's state is in scratch, in bytes. Rows are padded to whole unit blocks.
struct Layout {
  int64_t units;       ///< hidden, padded
  int64_t h, c, words; ///< [group][units] f32; words: as RecurrentWeights keeps h
  int64_t scales;      ///< [group] f32, of quantized rows
  int64_t sums;        ///< [group][gates][lanes], twice
  int64_t bytes;

  Layout(const RecurrenceShape &shape, const TargetCpu &cpu) {
    units = roundUp(shape.hidden, RecurrentLayout::unitsOfBlock);
    int64_t state = recurrenceGroup * units * int64_t(sizeof(float));
    h = 0;
    c = h + state;
    words = c + state;
    scales = words + state;
    sums = scales + roundUp(recurrenceGroup * int64_t(sizeof(float)), cacheLine);
    bytes = sums + 2 * recurrenceGroup * shape.gates() * cpu.lanes * int64_t(sizeof(float));
  }
};

/// A job's pointers, and its sequences: order[first], order[first + 1], ...
struct Group {
  Expr gates, out; ///< at the direction's first column
  Expr weights, scales, columnSums, bias;
  Expr offsets, order; ///< order at the group's first sequence
  Expr isReverse;      ///< i1
  Expr h, c, words, rowScales, sums;
};

class Writer {
public:
  Writer(LoopBuilder &builder, const RecurrenceShape &shape)
      : b(builder), s(shape), gateCount(shape.gates()), lanes(builder.cpu().lanes), layout(shape, builder.cpu()),
        product(builder, {shape.hidden, shape.weights, shape.gates()}, layout.units) {}

  void write(ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr job) {
      Expr cut = b.wholes(job, s.directions());
      Expr direction = job - cut * double(s.directions());
      Group g = groupOf(operands, direction, scratch);
      Expr first = cut * double(recurrenceGroup);
      g.order = b.at(g.order, first, b.intType(32));
      Expr batch = b.loadIndex(operands.back(), b.i64(1));
      Expr rows = b.min(batch - first, b.i64(recurrenceGroup));
      clear(g, rows);
      Expr steps = lengthOf(g, b.i64(0));
      b.loop(b.i64(0), steps, 1, {rows}, [&](Expr step, ArrayRef<Expr> carried) {
        Expr running = countRunning(g, carried[0], step);
        b.ifElse(running == 1, [&] { writeStepOfOne(g, step); }, [&] { writeStep(g, step, running); });
        b.loop(b.i64(0), running, 1,
               [&](Expr row) { product.keep(rowOf(g.h, row), wordsOf(g, row), scaleOf(g, row)); });
        return Exprs{running};
      });
    });
  }

private:
  Type f32() { return b.f32Type(); }
  Expr rowOf(Expr state, Expr row) { return b.f32At(state, row * double(layout.units)); }
  Expr wordsOf(const Group &g, Expr row) { return b.bytesAt(g.words, row * double(product.rowBytes())); }
  Expr scaleOf(const Group &g, Expr row) { return b.f32At(g.rowScales, row); }
  Expr sumsOf(const Group &g, Expr row, int64_t vector) {
    return b.f32At(g.sums, row * double(gateCount * lanes) + double(vector * recurrenceGroup * gateCount * lanes));
  }

  Group groupOf(ArrayRef<Expr> operands, Expr direction, Expr scratch) {
    const RecurrencePlaces places(s.directions(), RecurrencePlaces::constantsOf(s));
    auto pick = [&](auto &&valueFor) {
      Expr value = valueFor(0);
      for (int64_t d = 1; d < s.directions(); ++d) {
        value = b.select(direction == double(d), valueFor(d), value);
      }
      return value;
    };
    Group g;
    g.gates = b.f32At(operands[places.gates()], pick([&](int64_t d) { return b.i64(s.gatesAt[d]); }));
    g.out = b.f32At(operands[places.out()], pick([&](int64_t d) { return b.i64(s.outAt[d]); }));
    g.weights = pick([&](int64_t d) { return operands[places.weights(d)]; });
    if (s.weights == DType::S8) {
      g.scales = pick([&](int64_t d) { return operands[places.scales(d)]; });
      g.columnSums = pick([&](int64_t d) { return operands[places.columnSums(d)]; });
    }
    if (s.gru) {
      g.bias = pick([&](int64_t d) { return operands[places.bias(d)]; });
    }
    g.isReverse = pick([&](int64_t d) { return b.constant(b.intType(1), s.reverse[d] ? 1 : 0); });
    g.offsets = operands[places.offsets()];
    g.order = operands[places.order()];
    auto at = [&](int64_t bytes) { return b.bytesAt(scratch, b.i64(bytes)); };
    g.h = at(layout.h);
    g.c = at(layout.c);
    g.words = at(layout.words);
    g.rowScales = at(layout.scales);
    g.sums = at(layout.sums);
    return g;
  }

  void clear(const Group &g, Expr rows) {
    b.loop(b.i64(0), rows, 1, [&](Expr row) {
      b.loop(b.i64(0), b.i64(layout.units), lanes, [&](Expr unit) {
        b.store(b.f32(0, lanes), b.f32At(rowOf(g.h, row), unit));
        b.store(b.f32(0, lanes), b.f32At(rowOf(g.c, row), unit));
      });
      product.keep(rowOf(g.h, row), wordsOf(g, row), scaleOf(g, row));
    });
  }

  Expr lengthOf(const Group &g, Expr row) {
    Expr sequence = b.loadIndex(g.order, row);
    return b.loadIndex(g.offsets, sequence + 1) - b.loadIndex(g.offsets, sequence);
  }

  /// How many of the first `rows` sequences are longer than `step`.
  Expr countRunning(const Group &g, Expr rows, Expr step) {
    return b.loop(b.i64(0), rows, 1, {b.i64(0)}, [&](Expr row, ArrayRef<Expr> count) {
      return Exprs{b.select(lengthOf(g, row) > step, count[0] + 1, count[0])};
    })[0];
  }

  /// A single row has several vectors of units under way, since one alone would wait for its own sums.
  void writeStepOfOne(const Group &g, Expr step) {
    int64_t vectors = layout.units / lanes;
    Expr row = b.i64(0);
    RecurrentWeights::Part all{b.i64(0), b.i64(product.groups())};
    auto write = [&](Expr vector, int64_t width) {
      product.multiply(g.weights, {wordsOf(g, row)}, vector, width, all,
                       [&](int64_t, int64_t v) { return sumsOf(g, row, v); });
      for (int64_t v = 0; v < width; ++v) {
        writeCell(g, step, row, (vector + double(v)) * double(lanes), sumsOf(g, row, v));
      }
    };
    b.loop(b.i64(0), b.i64(vectors / 2 * 2), 2, [&](Expr vector) { write(vector, 2); });
    if (vectors % 2 == 1) {
      write(b.i64(vectors - 1), 1);
    }
  }

  void writeStep(const Group &g, Expr step, Expr running) {
    int64_t groups = product.groups();
    b.loop(b.i64(0), b.i64(layout.units / lanes), 1, [&](Expr vector) {
      writeProducts(g, vector, running, {b.i64(0), b.i64(std::min(groups, product.groupsInL1))});
      b.loop(b.i64(product.groupsInL1), b.i64(groups), product.groupsInL1, [&](Expr first) {
        Expr end = b.min(first + double(product.groupsInL1), b.i64(groups));
        writeProducts(g, vector, running, {first, end, true});
      });
      b.loop(b.i64(0), running, 1,
             [&](Expr row) { writeCell(g, step, row, vector * double(lanes), sumsOf(g, row, 0)); });
    });
  }

  /// One part of the products of all running rows: blocks of rows as high as registers allow, the last one lower.
  void writeProducts(const Group &g, Expr vector, Expr running, const RecurrentWeights::Part &part) {
    int64_t most = b.cpu().registers >= 32 ? 6 : 3;
    auto rows = [&](Expr row, int64_t count) { multiplyRows(g, vector, row, running, count, part); };
    b.loop(b.i64(0), running, most, [&](Expr row) {
      if (most == 3) {
        rows(row, 3);
        return;
      }
      b.ifElse(
          running - row > 4, [&] { rows(row, 6); },
          [&] { b.ifElse(running - row > 2, [&] { rows(row, 4); }, [&] { rows(row, 2); }); });
    });
  }

  /// Products of rows row .. row + count; those beyond the running ones repeat the last.
  void multiplyRows(const Group &g, Expr vector, Expr row, Expr running, int64_t count,
                    const RecurrentWeights::Part &part) {
    Exprs rows, words;
    for (int64_t r = 0; r < count; ++r) {
      rows.push_back(b.min(row + double(r), running - 1));
      words.push_back(wordsOf(g, rows.back()));
    }
    product.multiply(g.weights, words, vector, 1, part, [&](int64_t r, int64_t) { return sumsOf(g, rows[r], 0); });
  }

  /// The cell of one row's units unit .. unit + lanes. Units beyond hidden have gates 0 and stay 0.
  void writeCell(const Group &g, Expr step, Expr row, Expr unit, Expr sums) {
    Expr sequence = b.loadIndex(g.order, row);
    Expr token =
        b.select(g.isReverse, b.loadIndex(g.offsets, sequence + 1) - 1 - step, b.loadIndex(g.offsets, sequence) + step);
    Expr mask = b.firstLanes(b.i64(s.hidden) - unit, lanes);
    Expr given = b.f32At(g.gates, token * double(s.ldGates) + unit);
    Expr after = b.f32At(given, b.select(g.isReverse, b.i64(-s.ldGates), b.i64(s.ldGates)));
    for (int64_t index = 0; index < gateCount; ++index) {
      b.prefetch(b.f32At(after, b.i64(index * s.hidden)), 2); // the next token's gates, a long way off in large batches
    }
    auto columnAt = [&](Expr base, int64_t index) { return b.f32At(base, unit + double(index * s.hidden)); };
    auto productOf = [&](int64_t index) {
      Expr sum = b.load(b.f32At(sums, b.i64(index * lanes)), b.vectorOf(product.sumType(), lanes));
      if (s.weights == DType::S8) {
        sum = product.dequantize(sum, columnAt(g.scales, index), columnAt(g.columnSums, index),
                                 b.load(scaleOf(g, row), f32()), mask);
      }
      return s.gru ? sum + b.load(columnAt(g.bias, index), b.vectorOf(f32(), lanes), mask) : sum;
    };
    auto givenOf = [&](int64_t index) {
      return b.load(b.f32At(given, b.i64(index * s.hidden)), b.vectorOf(f32(), lanes), mask);
    };
    auto gate = [&](int64_t index) {
      Expr sum = productOf(index);
      return givenOf(index) + sum;
    };
    Expr hAt = b.f32At(rowOf(g.h, row), unit);
    Expr h;
    if (s.gru) {
      Expr fresh = b.tanh(b.fma(b.sigmoid(gate(0)), productOf(2), givenOf(2)));
      h = b.fma(b.sigmoid(gate(1)), b.loadF32(hAt, lanes) - fresh, fresh);
    } else {
      Expr cAt = b.f32At(rowOf(g.c, row), unit);
      Expr keep = b.sigmoid(gate(1)) * b.loadF32(cAt, lanes);
      Expr c = b.fma(b.sigmoid(gate(0)), b.tanh(gate(2)), keep);
      h = b.sigmoid(gate(3)) * b.tanh(c);
      b.store(c, cAt);
    }
    b.store(h, hAt);
    b.store(h, b.f32At(g.out, token * double(s.ldOut) + unit), mask);
  }

  LoopBuilder &b;
  const RecurrenceShape &s;
  int64_t gateCount;
  int64_t lanes;
  Layout layout;
  RecurrentWeights product;
};

} // namespace

func::FuncOp buildRecurrenceKernel(LoopBuilder &builder, StringRef symbol, const RecurrenceShape &shape) {
  const RecurrencePlaces places(shape.directions(), RecurrencePlaces::constantsOf(shape));
  return builder.kernel(symbol, places.count(), [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Writer(builder, shape).write(operands, begin, end, scratch);
  });
}

Extent recurrenceScratch(const RecurrenceShape &shape, const TargetCpu &cpu) {
  return {.constant = Layout(shape, cpu).bytes};
}

} // namespace clew::compiler
