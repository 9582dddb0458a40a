// One step of the group: for each vector of units, products of all running rows, then their cells; at the end every row's new h
// takes the form in which it is multiplied. Weights therefore stream once a step, whatever the number of rows. Where a step has two
// products, the first leaves in `inner` what the second reads.
#include "compiler/kernel/generate/RecurrenceKernel.h"

#include "compiler/kernel/generate/RecurrenceJob.h"

using namespace mlir;

namespace clew::compiler {
namespace {

/// Vectors of units that a product has under way beside each other, so that as many sums are as gates make of three or four: of one row,
/// which would otherwise wait for its own sums, and of several.
int64_t widthOfOne(int64_t gates) { return gates >= 3 ? 2 : 8 / gates; }
int64_t widthOfMany(int64_t gates) { return gates >= 3 ? 1 : 4 / gates; }

using Layout = RecurrenceScratch;
using Rows = RecurrenceRows;
using Matrix = RecurrenceMatrix;
using Group = RecurrenceGroup;
using Phase = RecurrencePhase;
using Units = RecurrenceUnits;

class Writer {
public:
  Writer(LoopBuilder &builder, const RecurrenceShape &shape)
      : b(builder), s(shape), lanes(builder.cpu().lanes), layout(shape, builder.cpu()),
        product(builder, {shape.hidden, shape.outputs(), shape.weights, shape.gates()}, layout.outputs),
        projection(builder, {shape.outputs(), shape.hidden, shape.weights, 1}, layout.units) {}

  void write(ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr job) {
      auto [g, rows] = jobOf(operands, job, scratch);
      clear(g, rows);
      Expr steps = lengthOf(g, b.i64(0));
      b.loop(b.i64(0), steps, 1, {rows}, [&](Expr step, ArrayRef<Expr> carried) {
        Expr running = countRunning(g, carried[0], step);
        writeStep(g, step, running);
        return Exprs{running};
      });
    });
  }

  /// buildSharedRecurrence: a call of it.
  void writeShared(ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Expr state = operands.back();
    auto fieldAt = [&](size_t at) { return b.bytesAt(state, b.i64(int64_t(at))); };
    auto field = [&](size_t at) { return b.load(fieldAt(at), b.intType(64)); };
    auto job = jobOf(operands.drop_back(), field(offsetof(SharedRecurrence, job)), state);
    Group &g = job.first;
    g.sums = b.bytesAt(scratch, b.i64(layout.sums));
    auto enter = [&] {
      Expr running = countRunning(g, job.second, begin);
      b.ifElse(begin == 0, [&] { clear(g, job.second); }, [&] { keepAll(product, g.h, running); });
      b.store(begin, fieldAt(offsetof(SharedRecurrence, step)));
      b.store(running, fieldAt(offsetof(SharedRecurrence, running)));
    };
    auto share = [&](auto &&phaseAt, auto &&cell) {
      Expr step = field(offsetof(SharedRecurrence, step));
      Phase phase = phaseAt(step);
      const int64_t parts = RecurrentLayout::unitsOfBlock / lanes;
      phase.isPart = true;
      phase.begin = begin * double(parts);
      phase.end = end * double(parts);
      writePhase(g, phase, field(offsetof(SharedRecurrence, running)),
                 [&](const Phase &phase, const Units &at) { cell(phase, step, at); });
    };
    auto first = [&] {
      share([&](Expr step) { return firstOf(g, step); },
            [&](const Phase &phase, Expr step, const Units &at) { writeCell(g, phase, step, at); });
    };
    if (s.projection == 0) {
      b.ifElse(begin == end, enter, first);
      return;
    }
    auto keepInner = [&] { keepAll(projection, g.inner, field(offsetof(SharedRecurrence, running))); };
    auto second = [&] {
      share([&](Expr step) { return projectedOf(g, step); },
            [&](const Phase &phase, Expr step, const Units &at) { writeProjected(g, phase, step, at); });
    };
    b.ifElse(
        field(offsetof(SharedRecurrence, product)) == 0, [&] { b.ifElse(begin == end, enter, first); },
        [&] { b.ifElse(begin == end, keepInner, second); });
  }

private:
  Type f32() { return b.f32Type(); }
  Expr rowOf(const Rows &rows, Expr row) { return b.f32At(rows.values, row * double(rows.units)); }
  Expr stateOf(const Group &g, Expr row) { return b.f32At(g.c, row * double(layout.units)); }
  Expr wordsOf(const Phase &phase, Expr row) {
    return b.bytesAt(phase.rows.words, row * double(phase.product.rowBytes()));
  }
  Expr sumsOf(const Group &g, const Phase &phase, Expr row, int64_t vector) {
    const int64_t each = phase.gates * lanes;
    return b.f32At(g.sums, row * double(each) + double(vector * recurrenceGroup * each));
  }

  /// The sequences of a job, and how many they are.
  std::pair<Group, Expr> jobOf(ArrayRef<Expr> operands, Expr job, Expr scratch) {
    Expr cut = b.wholes(job, s.directions());
    Group g = groupOf(operands, job - cut * double(s.directions()), scratch);
    Expr first = cut * double(recurrenceGroup);
    g.order = b.at(g.order, first, b.intType(32));
    Expr batch = b.loadIndex(operands.back(), b.i64(1));
    return {g, b.min(batch - first, b.i64(recurrenceGroup))};
  }

  Group groupOf(ArrayRef<Expr> operands, Expr direction, Expr scratch) {
    const auto states = int64_t(s.ldInitial.size());
    const RecurrencePlaces places(s);
    auto pick = [&](auto &&valueFor) {
      Expr value = valueFor(0);
      for (int64_t d = 1; d < s.directions(); ++d) {
        value = b.select(direction == double(d), valueFor(d), value);
      }
      return value;
    };
    auto operand = [&](auto &&placeFor) { return pick([&](int64_t d) { return operands[placeFor(d)]; }); };
    auto matrixAt = [&](int64_t at) {
      Matrix matrix;
      matrix.weights = operand([&](int64_t d) { return places.weights(d) + at; });
      if (s.weights == DType::S8) {
        matrix.scales = operand([&](int64_t d) { return places.weights(d) + at + 1; });
        matrix.columnSums = operand([&](int64_t d) { return places.weights(d) + at + 2; });
      }
      return matrix;
    };
    Group g;
    g.gates = b.f32At(operands[places.gates()], pick([&](int64_t d) { return b.i64(s.gatesAt[d]); }));
    g.out = b.f32At(operands[places.out()], pick([&](int64_t d) { return b.i64(s.outAt[d]); }));
    if (s.ldCells > 0) {
      g.cells = b.f32At(operands[places.cells()], pick([&](int64_t d) { return b.i64(d * s.hidden); }));
    }
    g.recurrent = matrixAt(0);
    if (s.projection > 0) {
      g.projection = matrixAt(RecurrencePlaces::constantsOfMatrix(s));
    }
    if (s.gru) {
      g.bias = operand([&](int64_t d) { return places.bias(d); });
    }
    for (int64_t state = 0; state < states; ++state) {
      g.initial.push_back(operand([&](int64_t d) { return places.initial(d) + state; }));
    }
    g.isReverse = pick([&](int64_t d) { return b.constant(b.intType(1), s.reverse[d] ? 1 : 0); });
    g.offsets = operands[places.offsets()];
    g.order = operands[places.order()];
    auto at = [&](int64_t bytes) { return b.bytesAt(scratch, b.i64(bytes)); };
    g.h.units = layout.outputs;
    g.h.values = at(layout.h);
    g.c = at(layout.c);
    g.h.words = at(layout.words);
    g.h.scales = at(layout.scales);
    g.sums = at(layout.sums);
    if (s.hasInner()) {
      g.inner = {at(layout.inner), at(layout.innerWords), at(layout.innerScales), layout.units};
    }
    return g;
  }

  void keep(RecurrentWeights &weights, const Rows &rows, Expr row) {
    weights.keep(rowOf(rows, row), b.bytesAt(rows.words, row * double(weights.rowBytes())), b.f32At(rows.scales, row));
  }

  void keepAll(RecurrentWeights &weights, const Rows &rows, Expr running) {
    b.loop(b.i64(0), running, 1, [&](Expr row) { keep(weights, rows, row); });
  }

  /// Sets the first `rows` sequences to where they begin.
  void clear(const Group &g, Expr rows) {
    b.loop(b.i64(0), rows, 1, [&](Expr row) {
      auto begin = [&](Expr state, size_t number, int64_t units, Expr unit) {
        Expr value = b.f32(0, lanes);
        if (number < g.initial.size()) {
          Expr from = b.f32At(g.initial[number], b.loadIndex(g.order, row) * double(s.ldInitial[number]) + unit);
          value = b.load(from, b.vectorOf(f32(), lanes), b.firstLanes(b.i64(units) - unit, lanes));
        }
        b.store(value, b.f32At(state, unit));
      };
      b.loop(b.i64(0), b.i64(layout.units), lanes, [&](Expr unit) {
        if (layout.outputs == layout.units) {
          begin(rowOf(g.h, row), 0, s.outputs(), unit);
        }
        begin(stateOf(g, row), 1, s.hidden, unit);
      });
      if (layout.outputs != layout.units) {
        b.loop(b.i64(0), b.i64(layout.outputs), lanes,
               [&](Expr unit) { begin(rowOf(g.h, row), 0, s.outputs(), unit); });
      }
      keep(product, g.h, row);
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

  /// What a cell does with the sums of a row's units unit .. unit + lanes.
  using Cell = llvm::function_ref<void(const Phase &phase, const Units &at)>;

  Expr isOdd(Expr step) { return b.both(step, b.i64(1)) == 1; }
  Phase firstOf(const Group &g, Expr step) {
    return {product, g.recurrent, g.h, 0, s.resetBefore ? 2 : s.gates(), layout.units / lanes, isOdd(step)};
  }
  Phase projectedOf(const Group &g, Expr step) {
    return {projection, g.projection, g.inner, 0, 1, layout.outputs / lanes, isOdd(step)};
  }

  void writeStep(const Group &g, Expr step, Expr running) {
    writePhase(g, firstOf(g, step), running,
               [&](const Phase &phase, const Units &at) { writeCell(g, phase, step, at); });
    if (s.resetBefore) {
      keepAll(product, g.inner, running);
      writePhase(g, {product, g.recurrent, g.inner, 2, 1, layout.units / lanes, isOdd(step)}, running,
                 [&](const Phase &phase, const Units &at) { writeFresh(g, phase, step, at); });
    } else if (s.projection > 0) {
      keepAll(projection, g.inner, running);
      writePhase(g, projectedOf(g, step), running,
                 [&](const Phase &phase, const Units &at) { writeProjected(g, phase, step, at); });
    }
    keepAll(product, g.h, running);
  }

  void writePhase(const Group &g, const Phase &phase, Expr running, Cell cell) {
    b.ifElse(running == 1, [&] { writeOne(g, phase, cell); }, [&] { writeMany(g, phase, running, cell); });
  }

  /// Calls `write` for all vectors of units, `width` at a time.
  void eachVector(const Phase &phase, int64_t width, llvm::function_ref<void(Expr vector, int64_t width)> write) {
    if (phase.isPart) {
      Expr whole = phase.begin + b.wholes(phase.end - phase.begin, width) * double(width);
      Expr mirror = phase.begin + whole - double(width);
      b.loop(phase.begin, whole, width,
             [&](Expr vector) { write(b.select(phase.backwards, mirror - vector, vector), width); });
      b.loop(whole, phase.end, 1, [&](Expr vector) { write(vector, 1); });
      return;
    }
    const int64_t whole = phase.vectors / width * width;
    b.loop(b.i64(0), b.i64(whole), width,
           [&](Expr vector) { write(b.select(phase.backwards, b.i64(whole - width) - vector, vector), width); });
    if (whole < phase.vectors) {
      write(b.i64(whole), phase.vectors - whole);
    }
  }

  void writeOne(const Group &g, const Phase &phase, Cell cell) {
    Expr row = b.i64(0);
    RecurrentWeights::Part all{phase.firstGate, phase.gates, b.i64(0), b.i64(phase.product.groups())};
    eachVector(phase, widthOfOne(phase.gates), [&](Expr vector, int64_t width) {
      phase.product.multiply(phase.matrix.weights, {wordsOf(phase, row)}, vector, width, all,
                             [&](int64_t, int64_t v) { return sumsOf(g, phase, row, v); });
      for (int64_t v = 0; v < width; ++v) {
        cell(phase, {row, (vector + double(v)) * double(lanes), sumsOf(g, phase, row, v)});
      }
    });
  }

  void writeMany(const Group &g, const Phase &phase, Expr running, Cell cell) {
    const int64_t groups = phase.product.groups();
    const int64_t inL1 = RecurrentWeights::groupsInL1;
    eachVector(phase, widthOfMany(phase.gates), [&](Expr vector, int64_t width) {
      auto products = [&](Expr begin, Expr end, bool resume) {
        writeProducts(g, phase, vector, width, running, {phase.firstGate, phase.gates, begin, end, resume});
      };
      products(b.i64(0), b.i64(std::min(groups, inL1)), false);
      b.loop(b.i64(inL1), b.i64(groups), inL1,
             [&](Expr first) { products(first, b.min(first + double(inL1), b.i64(groups)), true); });
      b.loop(b.i64(0), running, 1, [&](Expr row) {
        for (int64_t v = 0; v < width; ++v) {
          cell(phase, {row, (vector + double(v)) * double(lanes), sumsOf(g, phase, row, v)});
        }
      });
    });
  }

  /// One part of the products of all running rows: blocks of rows as high as registers allow, the last one lower.
  void writeProducts(const Group &g, const Phase &phase, Expr vector, int64_t width, Expr running,
                     const RecurrentWeights::Part &part) {
    int64_t most = b.cpu().registers >= 32 ? 6 : 3;
    // Rows beyond the running ones repeat the last.
    auto multiply = [&](Expr row, int64_t count) {
      Exprs rows, words;
      for (int64_t r = 0; r < count; ++r) {
        rows.push_back(b.min(row + double(r), running - 1));
        words.push_back(wordsOf(phase, rows.back()));
      }
      phase.product.multiply(phase.matrix.weights, words, vector, width, part,
                             [&](int64_t r, int64_t v) { return sumsOf(g, phase, rows[r], v); });
    };
    b.loop(b.i64(0), running, most, [&](Expr row) {
      if (most == 3) {
        multiply(row, 3);
        return;
      }
      b.ifElse(
          running - row > 4, [&] { multiply(row, 6); },
          [&] { b.ifElse(running - row > 2, [&] { multiply(row, 4); }, [&] { multiply(row, 2); }); });
    });
  }

  Expr tokenOf(const Group &g, Expr step, Expr row) {
    Expr sequence = b.loadIndex(g.order, row);
    return b.select(g.isReverse, b.loadIndex(g.offsets, sequence + 1) - 1 - step,
                    b.loadIndex(g.offsets, sequence) + step);
  }

  /// The gates of a row's units that a phase brings: what was given for them, and their products, by number.
  struct Gates {
    Writer &w;
    const Group &g;
    const Phase &phase;
    const Units &at;
    Expr token, mask, given;

    Gates(Writer &w, const Group &g, const Phase &phase, Expr step, const Units &at)
        : w(w), g(g), phase(phase), at(at) {
      LoopBuilder &b = w.b;
      token = w.tokenOf(g, step, at.row);
      mask = b.firstLanes(b.i64(w.s.hidden) - at.unit, w.lanes);
      given = b.f32At(g.gates, token * double(w.s.ldGates) + at.unit);
      Expr after = b.f32At(given, b.select(g.isReverse, b.i64(-w.s.ldGates), b.i64(w.s.ldGates)));
      for (int64_t index = phase.firstGate; index < phase.firstGate + phase.gates; ++index) {
        // The next token's gates, a long way off in large batches.
        b.prefetch(b.f32At(after, b.i64(index * w.s.hidden)), 2);
      }
    }

    Expr productOf(int64_t index) const {
      Expr sum = w.sumOf(phase, at, at.unit + double(index * w.s.hidden), index - phase.firstGate, mask);
      return w.s.gru ? sum + load(w.b.f32At(g.bias, at.unit + double(index * w.s.hidden))) : sum;
    }
    Expr givenOf(int64_t index) const { return load(w.b.f32At(given, w.b.i64(index * w.s.hidden))); }
    Expr operator()(int64_t index) const {
      Expr sum = productOf(index);
      return givenOf(index) + sum;
    }

  private:
    Expr load(Expr from) const { return w.b.load(from, w.b.vectorOf(w.f32(), w.lanes), mask); }
  };

  /// Sum number `index` of a phase, for weights' rows from `column` on.
  Expr sumOf(const Phase &phase, const Units &at, Expr column, int64_t index, Expr mask) {
    Expr sum = b.load(b.f32At(at.sums, b.i64(index * lanes)), b.vectorOf(phase.product.sumType(), lanes));
    if (s.weights != DType::S8) {
      return sum;
    }
    return phase.product.dequantize(sum, b.f32At(phase.matrix.scales, column), b.f32At(phase.matrix.columnSums, column),
                                    b.load(b.f32At(phase.rows.scales, at.row), f32()), mask);
  }

  Expr bounded(Expr value, double clip) { // NaN stays
    return clip > 0 ? b.min(b.f32(clip, lanes), b.max(b.f32(-clip, lanes), value)) : value;
  }

  /// What z makes of h and of what would replace it.
  Expr updated(Expr z, Expr h, Expr fresh) { return s.updateNew ? b.fma(z, fresh - h, h) : b.fma(z, h - fresh, fresh); }

  void storeH(const Group &g, Expr h, Expr row, Expr unit, Expr token, Expr mask) {
    b.store(h, b.f32At(rowOf(g.h, row), unit));
    b.store(h, b.f32At(g.out, token * double(s.ldOut) + unit), mask);
  }

  /// The cell of one row's units unit .. unit + lanes. Units beyond hidden have gates 0 and stay 0.
  void writeCell(const Group &g, const Phase &phase, Expr step, const Units &at) {
    const auto &[row, unit, sums] = at;
    Gates gate(*this, g, phase, step, at);
    if (s.resetBefore) {
      Expr h = b.loadF32(b.f32At(rowOf(g.h, row), unit), lanes);
      b.store(b.sigmoid(gate(0)) * h, b.f32At(rowOf(g.inner, row), unit));
      b.store(b.sigmoid(gate(1)), b.f32At(stateOf(g, row), unit)); // a GRU has no c
      return;
    }
    Expr h;
    if (s.gru) {
      Expr fresh = b.tanh(b.fma(b.sigmoid(gate(0)), gate.productOf(2), gate.givenOf(2)));
      h = updated(b.sigmoid(gate(1)), b.loadF32(b.f32At(rowOf(g.h, row), unit), lanes), fresh);
    } else {
      Expr cAt = b.f32At(stateOf(g, row), unit);
      Expr keep = b.sigmoid(gate(1)) * b.loadF32(cAt, lanes);
      Expr c = bounded(b.fma(b.sigmoid(gate(0)), b.tanh(gate(2)), keep), s.cellClip);
      h = b.sigmoid(gate(3)) * b.tanh(c);
      b.store(c, cAt);
      if (s.ldCells > 0) {
        b.store(c, b.f32At(g.cells, gate.token * double(s.ldCells) + unit), gate.mask);
      }
    }
    if (s.projection > 0) {
      b.store(h, b.f32At(rowOf(g.inner, row), unit));
    } else {
      storeH(g, h, row, unit, gate.token, gate.mask);
    }
  }

  /// The second half of a GRU that resets before its product: n, and h.
  void writeFresh(const Group &g, const Phase &phase, Expr step, const Units &at) {
    const auto &[row, unit, sums] = at;
    Gates gate(*this, g, phase, step, at);
    Expr fresh = b.tanh(gate(2));
    Expr z = b.loadF32(b.f32At(stateOf(g, row), unit), lanes);
    Expr h = updated(z, b.loadF32(b.f32At(rowOf(g.h, row), unit), lanes), fresh);
    storeH(g, h, row, unit, gate.token, gate.mask);
  }

  void writeProjected(const Group &g, const Phase &phase, Expr step, const Units &at) {
    const auto &[row, unit, sums] = at;
    Expr mask = b.firstLanes(b.i64(s.outputs()) - unit, lanes);
    Expr h = bounded(sumOf(phase, at, unit, 0, mask), s.projectionClip);
    storeH(g, h, row, unit, tokenOf(g, step, row), mask);
  }

  LoopBuilder &b;
  const RecurrenceShape &s;
  int64_t lanes;
  Layout layout;
  RecurrentWeights product, projection;
};

} // namespace

func::FuncOp buildRecurrenceKernel(LoopBuilder &builder, StringRef symbol, const RecurrenceShape &shape) {
  const RecurrencePlaces places(shape);
  return builder.kernel(symbol, places.count(), [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Writer(builder, shape).write(operands, begin, end, scratch);
  });
}

bool canShareRecurrence(const RecurrenceShape &shape) {
  constexpr int64_t caches = int64_t(32) << 20; // bytes, of a socket's part that few cores share
  const RecurrentLayout product{shape.hidden, shape.outputs(), shape.weights, shape.gates()};
  const RecurrentLayout projection{shape.outputs(), shape.hidden, shape.weights, 1};
  const int64_t bytes = product.blocks() * product.blockBytes() +
                        (shape.projection > 0 ? projection.blocks() * projection.blockBytes() : 0);
  return !shape.resetBefore && (shape.directions() == 1 || shape.directions() * bytes > caches);
}

func::FuncOp buildSharedRecurrence(LoopBuilder &builder, StringRef symbol, const RecurrenceShape &shape) {
  const RecurrencePlaces places(shape);
  return builder.kernel(symbol, places.count() + 1, [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Writer(builder, shape).writeShared(operands, begin, end, scratch);
  });
}

Extent recurrenceScratch(const RecurrenceShape &shape, const TargetCpu &cpu) {
  return {.constant = Layout(shape, cpu).bytes};
}

} // namespace clew::compiler
