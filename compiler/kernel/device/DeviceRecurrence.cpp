// See DeviceRecurrence.h. A step: products of the factors with the weights and what gates make of them, by unit; barrier; the new factors
// from the new states; barrier. With a second product (a projection, or a GRU that resets before its product) the first barrier stands
// before it, when what it reads is prepared.
#include "compiler/kernel/device/DeviceRecurrence.h"

#include "runtime/base/Rounding.h"
#include "runtime/program/RecurrentLayout.h"

#include <fmt/format.h>

#include <cmath>

using namespace mlir;

namespace clew::compiler {

RecurrenceTile::RecurrenceTile(const RecurrenceShape &shape) {
  constexpr int64_t comfortable = 48 << 10; ///< what a launch may have without asking
  constexpr int64_t mostThreads = 512;      ///< so that each may have 128 registers
  threads = std::min(roundUp(shape.hidden, kWarp), mostThreads);
  auto place = [&](int64_t rows) {
    const int64_t at = sharedBytes;
    sharedBytes += roundUp(4 * rows * sequences, 16);
    return at;
  };
  for (;; sequences /= 2) {
    sharedBytes = 0;
    factors = place(shape.outputs());
    states = place(shape.outputs());
    cells = place(!shape.gru || shape.resetBefore ? shape.hidden : 0);
    inner = place(shape.hasInner() ? shape.hidden : 0);
    innerFactors = place(shape.hasInner() ? shape.hidden : 0);
    scales = place(2);
    if (sharedBytes <= comfortable || sequences == 1) {
      break;
    }
  }
}

namespace {

class Writer {
public:
  Writer(DeviceBuilder &builder, const RecurrenceShape &shape, const RecurrenceTile &tile,
         const RecurrencePlaces &places)
      : b(builder), s(shape), t(tile), places(places) {}

  void write(ArrayRef<Expr> given) {
    operands = given;
    Expr job = b.block();
    Expr cut = b.wholes(job, s.directions());
    direction = job - cut * double(s.directions());
    Expr count = b.loadIndex(operands[places.counts()], b.i64(1));
    Expr first = cut * double(t.sequences);
    b.ifThen(first < count, [&] {
      enter(first, count);
      begin();
      Expr steps = lengths.front(); // the longest comes first
      b.loop(b.i64(0), steps, 1, [&](Expr index) { step(index); });
    });
  }

private:
  /// A matrix of weights, for the direction of this block.
  struct Matrix {
    Expr words, scales; ///< no scales but of s8
    RecurrentLayout layout;
  };
  /// Some memory with a row for each unit and a column for each sequence.
  struct Rows {
    int64_t at;
    int64_t count;
  };

  Rows factors() const { return {t.factors, s.outputs()}; }
  Rows states() const { return {t.states, s.outputs()}; }
  Rows cells() const { return {t.cells, s.hidden}; }
  Rows inner() const { return {t.inner, s.hidden}; }
  Rows innerFactors() const { return {t.innerFactors, s.hidden}; }

  /// What of each direction is `of(direction)`.
  Expr byDirection(llvm::function_ref<Expr(int64_t)> of) {
    Expr found = of(0);
    for (int64_t d = 1; d < s.directions(); ++d) {
      found = b.select(direction == double(d), of(d), found);
    }
    return found;
  }
  Expr operandOf(llvm::function_ref<size_t(int64_t)> place) {
    return byDirection([&](int64_t d) { return operands[place(d)]; });
  }

  void enter(Expr first, Expr count) {
    thread = b.thread();
    const int64_t ofMatrix = RecurrencePlaces::constantsOfMatrix(s);
    auto matrixAt = [&](int64_t at, RecurrentLayout layout) {
      Matrix matrix{operandOf([&](int64_t d) { return places.weights(d) + at; }), {}, layout};
      if (s.weights == DType::S8) {
        matrix.scales = operandOf([&](int64_t d) { return places.weights(d) + at + 1; });
      }
      return matrix;
    };
    weights = matrixAt(0, {s.hidden, s.outputs(), s.weights, s.gates()});
    if (s.projection > 0) {
      projection = matrixAt(ofMatrix, {s.projection, s.hidden, s.weights, 1});
    }
    if (s.gru) {
      bias = operandOf([&](int64_t d) { return places.bias(d); });
    }
    gatesAt = byDirection([&](int64_t d) { return b.i64(s.gatesAt[d]); });
    outAt = byDirection([&](int64_t d) { return b.i64(s.outAt[d]); });
    reverse = byDirection([&](int64_t d) { return b.constant(b.intType(1), s.reverse[d] ? 1 : 0); });
    for (int64_t q = 0; q < t.sequences; ++q) {
      Expr number = b.min(first + double(q), count - 1);
      Expr isThere = first + double(q) < count;
      Expr sequence = b.loadIndex(operands[places.order()], number);
      Expr begin = b.loadIndex(operands[places.offsets()], sequence);
      Expr length = b.loadIndex(operands[places.offsets()], sequence + 1) - begin;
      sequences.push_back(sequence);
      begins.push_back(begin);
      lengths.push_back(b.select(isThere, length, b.i64(0)));
    }
  }

  /// For each of `count` units of this thread.
  void eachUnit(int64_t count, llvm::function_ref<void(Expr unit)> body) {
    b.loop(thread, b.i64(count), t.threads, body);
  }
  Expr at(const Rows &rows, Expr row, int64_t sequence) {
    Expr words = b.bytesAt(b.shared(), b.i64(rows.at));
    return b.f32At(words, row * double(t.sequences) + double(sequence));
  }
  Expr get(const Rows &rows, Expr row, int64_t sequence) { return b.loadF32(at(rows, row, sequence), 1); }
  void put(const Rows &rows, Expr row, int64_t sequence, Expr value) { b.store(value, at(rows, row, sequence)); }

  /// The states before the first step.
  void begin() {
    auto fill = [&](const Rows &rows, size_t which) {
      eachUnit(rows.count, [&](Expr unit) {
        for (int64_t q = 0; q < t.sequences; ++q) {
          put(rows, unit, q, initial(which, unit, q));
        }
      });
    };
    fill(states(), 0);
    if (!s.gru) {
      fill(cells(), 1);
    }
    settle();
    prepare(states(), factors(), 0);
  }

  Expr initial(size_t which, Expr unit, int64_t q) {
    if (which >= s.ldInitial.size()) {
      return b.f32(0);
    }
    Expr rows = operandOf([&](int64_t d) { return places.initial(d) + which; });
    return b.loadF32(b.f32At(rows, sequences[q] * double(s.ldInitial[which]) + unit), 1);
  }

  /// Before values are prepared: a warp quantizes what others wrote; else each thread prepares its own units.
  void settle() {
    if (s.weights == DType::S8) {
      b.barrier();
    }
  }

  /// Makes the factors of a product from values as they are; a barrier behind it lets others read them.
  void prepare(const Rows &from, const Rows &to, int64_t product) {
    if (s.weights == DType::S8) {
      quantize(from, to, product);
    } else {
      eachUnit(from.count, [&](Expr unit) {
        for (int64_t q = 0; q < t.sequences; ++q) {
          Expr value = get(from, unit, q);
          put(to, unit, q, s.weights == DType::BF16 ? b.fromBf16(b.toBf16(value)) : value);
        }
      });
    }
    b.barrier();
  }

  Expr scaleAt(int64_t product, Expr sequence) {
    Expr words = b.bytesAt(b.shared(), b.i64(t.scales));
    return b.f32At(words, sequence + double(product * t.sequences));
  }

  /// A warp has a sequence: its largest value first, then whole numbers up to 127.
  void quantize(const Rows &from, const Rows &to, int64_t product) {
    Expr lane = b.remainder(thread, kWarp);
    Expr words = b.bytesAt(b.shared(), b.i64(from.at));
    Expr whole = b.bytesAt(b.shared(), b.i64(to.at));
    b.loop(b.wholes(thread, kWarp), b.i64(t.sequences), t.threads / kWarp, [&](Expr q) {
      auto value = [&](Expr unit) { return b.loadF32(b.f32At(words, unit * double(t.sequences) + q), 1); };
      Type word = b.intType(32);
      Expr bits =
          b.loop(lane, b.i64(from.count), kWarp, {b.constant(word, 0)},
                 [&](Expr unit, ArrayRef<Expr> most) -> Exprs { return {b.max(most[0], b.absBits(value(unit)))}; })[0];
      Expr most = b.bitcast(b.joinThreads(bits, kWarp, [&](Expr x, Expr y) { return b.max(x, y); }), b.f32Type());
      Expr notFinite = most - most; // 0, or NaN
      Expr inverse = b.select(most > 0.0, 127.0 / most, b.f32(0));
      b.loop(lane, b.i64(from.count), kWarp, [&](Expr unit) {
        Expr product = b.select(notFinite == 0.0, value(unit) * inverse, b.f32(0));
        b.store(b.toI32(product), b.at(whole, unit * double(t.sequences) + q, word));
      });
      b.ifThen(lane == 0.0, [&] { b.store(most * (1.0 / 127.0) + notFinite, scaleAt(product, q)); });
    });
  }

  /// Products of gates firstGate .. endGate of `unit` with the factors of all sequences: [gate][sequence], f32.
  Exprs multiply(const Matrix &matrix, const Rows &x, Expr unit, std::pair<int64_t, int64_t> gates, int64_t product) {
    const RecurrentLayout &layout = matrix.layout;
    const int64_t count = gates.second - gates.first;
    const bool isS8 = layout.dtype == DType::S8;
    Type word = b.intType(32);
    Expr block = b.shiftRight(unit, 4);
    Expr ofBlock = unit - b.shiftLeft(block, 4);
    Expr column = block * double(layout.blockBytes()) + ofBlock * double(RecurrentLayout::wordBytes);
    Expr start = isS8 ? b.constant(word, 0) : b.f32(0);
    const int64_t whole = x.count / layout.perWord();
    auto take = [&](Expr group, int64_t real, ArrayRef<Expr> carried) {
      Exprs sums(carried);
      Expr base = column + group * double(layout.groupBytes());
      Exprs loaded;
      for (int64_t g = 0; g < count; ++g) {
        const int64_t more = (gates.first + g) * RecurrentLayout::unitsOfBlock * RecurrentLayout::wordBytes;
        loaded.push_back(b.load(b.bytesAt(matrix.words, base + double(more)), word));
      }
      for (int64_t k = 0; k < real; ++k) {
        Exprs factors;
        for (int64_t q = 0; q < t.sequences; ++q) {
          Expr place = at(x, group * double(layout.perWord()) + double(k), q);
          factors.push_back(b.load(place, isS8 ? word : b.f32Type()));
        }
        for (int64_t g = 0; g < count; ++g) {
          Expr weight = part(loaded[g], k, layout.dtype);
          for (int64_t q = 0; q < t.sequences; ++q) {
            Expr &sum = sums[g * t.sequences + q];
            sum = isS8 ? sum + weight * factors[q] : b.fma(weight, factors[q], sum);
          }
        }
      }
      return sums;
    };
    Exprs sums = b.loop(b.i64(0), b.i64(whole), 1, Exprs(count * t.sequences, start),
                        [&](Expr group, ArrayRef<Expr> carried) { return take(group, layout.perWord(), carried); });
    if (const int64_t rest = x.count - whole * layout.perWord()) {
      sums = take(b.i64(whole), rest, sums);
    }
    if (isS8) {
      for (int64_t g = 0; g < count; ++g) {
        Expr scale = b.loadF32(b.f32At(matrix.scales, unit + double((gates.first + g) * layout.hidden)), 1);
        for (int64_t q = 0; q < t.sequences; ++q) {
          Expr &sum = sums[g * t.sequences + q];
          sum = b.toF32(sum) * (scale * b.loadF32(scaleAt(product, b.i64(q)), 1));
        }
      }
    }
    return sums;
  }

  /// Element k of a word of weights.
  Expr part(Expr word, int64_t k, DType dtype) {
    if (dtype == DType::F32) {
      return b.bitcast(word, b.f32Type());
    }
    if (dtype == DType::BF16) {
      return k == 0 ? b.lowBf16(word) : b.highBf16(word);
    }
    return b.shiftRightSigned(b.shiftLeft(word, 24 - 8 * k), 24);
  }

  /// The token that sequence q is at in step `index`: its first one when it has ended.
  Expr tokenOf(Expr index, int64_t q) {
    Expr last = b.max(lengths[q] - 1, b.i64(0));
    Expr place = b.min(index, last);
    return begins[q] + b.select(reverse, last - place, place);
  }

  Expr given(Expr index, int64_t q, int64_t gate, Expr unit) {
    Expr at = tokenOf(index, q) * double(s.ldGates) + gatesAt + double(gate * s.hidden) + unit;
    return b.loadF32(b.f32At(operands[RecurrencePlaces::gates()], at), 1);
  }

  /// Takes h of a unit: it is a result and the next step's state.
  void give(Expr index, int64_t q, Expr unit, Expr h) {
    put(states(), unit, q, h);
    b.ifThen(index < lengths[q], [&] {
      b.store(h, b.f32At(operands[RecurrencePlaces::out()], tokenOf(index, q) * double(s.ldOut) + outAt + unit));
    });
  }

  Expr bounded(Expr value, double clip) { // NaN stays
    if (clip <= 0) {
      return value;
    }
    Expr high = b.select(value > clip, b.f32(clip), value);
    return b.select(high < -clip, b.f32(-clip), high);
  }

  void step(Expr index) {
    eachUnit(s.hidden, [&](Expr unit) {
      const int64_t gates = s.resetBefore ? 2 : s.gates();
      Exprs products = multiply(weights, factors(), unit, {0, gates}, 0);
      for (int64_t q = 0; q < t.sequences; ++q) {
        auto gate = [&](int64_t g) { return given(index, q, g, unit) + products[g * t.sequences + q]; };
        s.gru ? stepGru(index, q, unit, gate, products) : stepLstm(index, q, unit, gate);
      }
    });
    if (s.hasInner()) {
      settle();
      prepare(inner(), innerFactors(), 1);
      s.gru ? finishGru(index) : project(index);
      settle();
    } else {
      b.barrier(); // all have read the factors
    }
    prepare(states(), factors(), 0);
  }

  void stepLstm(Expr index, int64_t q, Expr unit, llvm::function_ref<Expr(int64_t)> gate) {
    Expr kept = b.sigmoid(gate(1)) * get(cells(), unit, q);
    Expr c = bounded(b.fma(b.sigmoid(gate(0)), b.tanh(gate(2)), kept), s.cellClip);
    put(cells(), unit, q, c);
    if (s.ldCells > 0) {
      b.ifThen(index < lengths[q], [&] {
        Expr column = direction * double(s.hidden) + unit;
        b.store(c, b.f32At(operands[RecurrencePlaces::cells()], tokenOf(index, q) * double(s.ldCells) + column));
      });
    }
    Expr h = b.sigmoid(gate(3)) * b.tanh(c);
    s.projection > 0 ? put(inner(), unit, q, h) : give(index, q, unit, h);
  }

  Expr biasOf(Expr unit, int64_t gate) { return b.loadF32(b.f32At(bias, unit + double(gate * s.hidden)), 1); }

  void stepGru(Expr index, int64_t q, Expr unit, llvm::function_ref<Expr(int64_t)> gate, ArrayRef<Expr> products) {
    Expr reset = b.sigmoid(gate(0) + biasOf(unit, 0));
    Expr update = b.sigmoid(gate(1) + biasOf(unit, 1));
    Expr before = get(states(), unit, q);
    if (s.resetBefore) {
      put(cells(), unit, q, update);
      put(inner(), unit, q, reset * before);
      return;
    }
    Expr product = products[2 * t.sequences + q] + biasOf(unit, 2);
    Expr fresh = b.tanh(b.fma(reset, product, given(index, q, 2, unit)));
    give(index, q, unit, mixed(update, fresh, before));
  }

  Expr mixed(Expr update, Expr fresh, Expr before) {
    Expr keep = s.updateNew ? 1.0 - update : update;
    return (1.0 - keep) * fresh + keep * before;
  }

  void finishGru(Expr index) {
    eachUnit(s.hidden, [&](Expr unit) {
      Exprs products = multiply(weights, innerFactors(), unit, {2, 3}, 1);
      for (int64_t q = 0; q < t.sequences; ++q) {
        Expr fresh = b.tanh(given(index, q, 2, unit) + (products[q] + biasOf(unit, 2)));
        give(index, q, unit, mixed(get(cells(), unit, q), fresh, get(states(), unit, q)));
      }
    });
  }

  void project(Expr index) {
    eachUnit(s.projection, [&](Expr unit) {
      Exprs products = multiply(projection, innerFactors(), unit, {0, 1}, 1);
      for (int64_t q = 0; q < t.sequences; ++q) {
        give(index, q, unit, bounded(products[q], s.projectionClip));
      }
    });
  }

  DeviceBuilder &b;
  const RecurrenceShape &s;
  const RecurrenceTile &t;
  const RecurrencePlaces &places;
  ArrayRef<Expr> operands;
  Expr direction, thread, gatesAt, outAt, reverse, bias;
  Exprs sequences, begins, lengths;
  Matrix weights, projection;
};

} // namespace

Result<void> buildDeviceRecurrence(DeviceBuilder &builder, const RecurrenceShape &shape, DeviceLaunch &launch) {
  const RecurrenceTile tile(shape);
  if (tile.sharedBytes > mostSharedBytes) {
    return fail(ErrorKind::Unsupported, fmt::format("{} hidden units need {} bytes of shared memory, a block has {}",
                                                    shape.hidden, tile.sharedBytes, mostSharedBytes));
  }
  const RecurrencePlaces places(shape);
  builder.deviceKernel(launch.symbol, static_cast<int64_t>(places.count()), tile.threads,
                       [&](ArrayRef<Expr> given) { Writer(builder, shape, tile, places).write(given); });
  launch.threads = tile.threads;
  launch.itemsPerCut = tile.sequences;
  launch.sharedBytes = tile.sharedBytes;
  return {};
}

} // namespace clew::compiler
