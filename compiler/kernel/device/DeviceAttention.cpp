// See DeviceAttention.h.
#include "compiler/kernel/device/DeviceAttention.h"

#include "compiler/kernel/device/DeviceTerms.h"
#include "runtime/base/Rounding.h"

#include "llvm/Support/MathExtras.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

using namespace mlir;

namespace clew::compiler {

AttentionTile::AttentionTile(const AttentionShape &shape) {
  constexpr int64_t columnsOfThread = 16;
  const int64_t widest = std::max(shape.keySize, shape.valueSize);
  const auto wanted = static_cast<int64_t>(llvm::PowerOf2Ceil(ceilDiv(widest, columnsOfThread)));
  sharers = std::min(wanted, kWarp);
  rows = threads / sharers;
  keyColumns = ceilDiv(shape.keySize, sharers);
  valueColumns = ceilDiv(shape.valueSize, sharers);
  constexpr int64_t comfortable = 32 << 10; ///< so that several blocks fit beside each other
  while (sharedBytes() > comfortable && keys > step) {
    keys /= 2;
  }
}

namespace {

class Writer {
public:
  Writer(DeviceBuilder &builder, const AttentionShape &shape, const AttentionTile &tile)
      : b(builder), s(shape), t(tile), terms(builder, shape, tile) {}

  void write(ArrayRef<Expr> given) {
    operands = given;
    Expr job = b.block();
    Expr cut = b.wholes(job, s.heads);
    head = job - cut * double(s.heads);
    Expr counts = operands[DeviceAttentionPlaces::Counts];
    Expr tokens = b.loadIndex(counts, b.i64(0));
    Expr sequences = b.loadIndex(counts, b.i64(1));
    Expr firstRow = cut * double(t.rows);
    b.ifThen(firstRow < tokens, [&] { writeBlock(firstRow, tokens, sequences); });
  }

private:
  struct Span {
    Expr begin, end;
  };

  void writeBlock(Expr firstRow, Expr tokens, Expr sequences) {
    Expr thread = b.thread();
    Expr rowOfBlock = b.wholes(thread, t.sharers);
    sharer = b.remainder(thread, t.sharers);
    Expr token = firstRow + rowOfBlock;
    isReal = token < tokens;
    row = b.min(token, tokens - 1); // those beyond the end do the last one's work again
    Expr offsets = operands[DeviceAttentionPlaces::Offsets];
    Expr sequence = b.findHolder(offsets, sequences, row);
    reach = {b.loadIndex(offsets, sequence), b.loadIndex(offsets, sequence + 1)};
    if (s.window > 0) {
      reach.begin = b.max(reach.begin, row - double(s.window - 1));
      reach.end = b.min(reach.end, row + double(s.window));
    }
    if (s.causal) {
      reach.end = b.min(reach.end, row + 1);
    }
    terms.begin({head, row, tokens, sharer});
    query = loadColumns(DeviceAttentionPlaces::Q, s.ldQ, s.qAt, s.keySize, t.keyColumns);
    terms.enter(operands, query);
    const Span all = spanOfBlock(thread, rowOfBlock);
    Exprs state(2 + t.valueColumns, b.f32(0));
    state[0] = b.f32(-std::numeric_limits<double>::infinity());
    state = b.loop(all.begin, all.end, t.keys, state, [&](Expr first, ArrayRef<Expr> carried) {
      b.barrier(); // the tile before is no longer read
      fill(thread, first, all.end, DeviceAttentionPlaces::K);
      fill(thread, first, all.end, DeviceAttentionPlaces::V);
      b.barrier();
      return b.loop(b.i64(0), b.i64(t.keys), t.step, carried,
                    [&](Expr key, ArrayRef<Expr> inner) { return step(first, key, inner); });
    });
    Expr inverse = 1.0 / state[1];
    b.ifThen(isReal, [&] {
      eachColumn(s.valueSize, t.valueColumns, [&](int64_t c, Expr column) {
        Expr at = row * double(s.ldOut) + head * double(s.valueSize) + column;
        b.store(state[2 + c] * inverse, b.f32At(operands[DeviceAttentionPlaces::Out], at));
      });
    });
  }

  /// The keys that any row of the block looks at: from the first row's first to the last row's last.
  Span spanOfBlock(Expr thread, Expr rowOfBlock) {
    Type word = b.intType(32);
    b.ifThen(thread == 0.0, [&] { b.store(b.convertInt(reach.begin, 32), b.shared()); });
    b.ifThenBoth(rowOfBlock == double(t.rows - 1), sharer == 0.0,
                 [&] { b.store(b.convertInt(reach.end, 32), b.at(b.shared(), b.i64(1), word)); });
    b.barrier();
    return {b.loadIndex(b.shared(), b.i64(0)), b.loadIndex(b.shared(), b.i64(1))};
  }

  /// Columns sharer, sharer + sharers, ... of a head of `size` columns: neighbouring threads have neighbouring columns.
  void eachColumn(int64_t size, int64_t columns, llvm::function_ref<void(int64_t, Expr)> body) {
    for (int64_t c = 0; c < columns; ++c) {
      Expr column = sharer + double(c * t.sharers);
      if ((c + 1) * t.sharers <= size) {
        body(c, column);
      } else {
        b.ifThen(column < double(size), [&] { body(c, column); });
      }
    }
  }

  Exprs loadColumns(size_t place, int64_t stride, int64_t at, int64_t size, int64_t columns) {
    Expr begin = row * double(stride) + head * double(size) + double(at);
    return terms.loadColumns(b.f32At(operands[place], begin), size, columns);
  }

  /// Copies the tile's keys or values from token `first` on to shared memory; columns beyond the head's and tokens beyond `end` become 0.
  void fill(Expr thread, Expr first, Expr end, size_t place) {
    const bool isKey = place == DeviceAttentionPlaces::K;
    const int64_t size = isKey ? s.keySize : s.valueSize;
    const int64_t stride = isKey ? t.keyStride() : t.valueStride();
    const int64_t ld = isKey ? s.ldK : s.ldV;
    Expr from = b.f32At(operands[place], first * double(ld) + head * double(size) + double(isKey ? s.kAt : s.vAt));
    Expr to = b.bytesAt(b.shared(), b.i64(isKey ? t.keysAt() : t.valuesAt()));
    b.loop(thread, b.i64(t.keys * stride), t.threads, [&](Expr index) {
      Expr key = b.wholes(index, stride);
      Expr column = index - key * double(stride);
      Expr isThere = first + key < end;
      if (size < stride) {
        isThere = b.both(isThere, column < double(size));
      }
      Expr value = b.choose(
          isThere, [&]() -> Exprs { return {terms.rounded(b.loadF32(b.f32At(from, key * double(ld) + column), 1))}; },
          [&]() -> Exprs { return {b.f32(0)}; })[0];
      b.store(value, b.f32At(to, index));
    });
  }

  Expr keyAt(Expr key, int64_t more, int64_t c) {
    Expr keys = b.bytesAt(b.shared(), b.i64(t.keysAt()));
    return b.loadF32(b.f32At(keys, (key + double(more)) * double(t.keyStride()) + sharer + double(c * t.sharers)), 1);
  }
  Expr valueAt(Expr key, int64_t more, int64_t c) {
    Expr values = b.bytesAt(b.shared(), b.i64(t.valuesAt()));
    return b.loadF32(b.f32At(values, (key + double(more)) * double(t.valueStride()) + sharer + double(c * t.sharers)),
                     1);
  }

  /// Takes in keys key .. key + step of the tile that begins at token `first`. Carried: the largest score so far, the sum of weights, and
  /// the weighted sum of values; scores are powers of two.
  Exprs step(Expr first, Expr key, ArrayRef<Expr> carried) {
    Expr lowest = b.f32(-std::numeric_limits<double>::infinity());
    Exprs scores, seen;
    Expr largest = carried[0];
    for (int64_t k = 0; k < t.step; ++k) {
      Expr token = first + key + double(k);
      seen.push_back(b.select(token < reach.begin, b.constant(b.intType(1), 0), token < reach.end));
      Expr score = terms.score(token, [&](int64_t c) { return keyAt(key, k, c); });
      scores.push_back(b.select(seen.back(), score, lowest));
      largest = b.max(scores.back(), largest);
    }
    // As long as nothing was seen there is nothing to scale.
    Expr base = b.select(largest > lowest, largest, b.f32(0));
    Expr keep = b.exp2OfNegative(carried[0] - base);
    Exprs next{largest, carried[1] * keep};
    for (int64_t c = 0; c < t.valueColumns; ++c) {
      next.push_back(carried[2 + c] * keep);
    }
    for (int64_t k = 0; k < t.step; ++k) {
      Expr weight = b.exp2OfNegative(scores[k] - base);
      Expr token = first + key + double(k);
      // A value that is not seen, of another sequence, may be NaN.
      Exprs taken = b.choose(
          seen[k],
          [&] {
            Exprs sums{next[1] + weight};
            for (int64_t c = 0; c < t.valueColumns; ++c) {
              sums.push_back(b.fma(weight, terms.value(token, c, valueAt(key, k, c)), next[2 + c]));
            }
            return sums;
          },
          [&] { return Exprs(next.begin() + 1, next.end()); });
      std::copy(taken.begin(), taken.end(), next.begin() + 1);
    }
    return next;
  }

  DeviceBuilder &b;
  const AttentionShape &s;
  const AttentionTile &t;
  DeviceTerms terms;
  ArrayRef<Expr> operands;
  Expr head, row, sharer, isReal;
  Span reach; ///< the keys that this row looks at
  Exprs query;
};

} // namespace

Result<void> buildDeviceAttention(DeviceBuilder &builder, const AttentionShape &shape, DeviceLaunch &launch) {
  const AttentionTile tile(shape);
  if (tile.sharedBytes() > mostSharedBytes) {
    return fail(ErrorKind::Unsupported,
                fmt::format("heads of {} columns need {} bytes of shared memory, a block has {}",
                            std::max(shape.keySize, shape.valueSize), tile.sharedBytes(), mostSharedBytes));
  }
  const auto operands =
      static_cast<int64_t>(DeviceAttentionPlaces::Count) + shape.relativeOperands() + shape.termOperands();
  builder.deviceKernel(launch.symbol, operands, tile.threads,
                       [&](ArrayRef<Expr> given) { Writer(builder, shape, tile).write(given); });
  launch.threads = tile.threads;
  launch.itemsPerCut = tile.rows;
  launch.sharedBytes = tile.sharedBytes();
  return {};
}

} // namespace clew::compiler
