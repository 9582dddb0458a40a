// Scratch of one job, with L lanes and R query rows a block: what AttentionOperands keeps, then the scores of one block of query rows,
// for each vector of keys: [R][L], then what ScoreTerms and RelativePositions keep. Weights take the places of the scores that they are made of.
#include "compiler/kernel/generate/AttentionKernel.h"

#include "compiler/kernel/generate/AttentionOperands.h"
#include "compiler/kernel/generate/RelativePositions.h"
#include "compiler/kernel/generate/ScoreTerms.h"
#include "runtime/base/Rounding.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

/// One job: a head of a sequence, and where things are in scratch.
struct Job : AttentionHead {
  Expr keys, values, queries, scores;
};

class Writer {
public:
  Writer(LoopBuilder &builder, const AttentionShape &shape)
      : b(builder), s(shape), tiles(shape, builder.cpu()), operands(builder, shape, tiles),
        relative(builder, shape, tiles, operands), terms(builder, shape, tiles, operands), lanes(builder.cpu().lanes),
        valueVectors(ceilDiv(shape.valueSize, lanes)) {}

  void write(ArrayRef<Expr> buffers, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr index) {
      Expr cut = b.wholes(index, s.heads);
      Expr head = index - cut * double(s.heads);
      Expr column = head * double(s.keySize);
      Expr valueColumn = s.valueSize == s.keySize ? column : head * double(s.valueSize);
      Expr sequence = b.loadIndex(buffers[AttentionPlaces::Order], cut);
      Expr first = b.loadIndex(buffers[AttentionPlaces::Offsets], sequence);
      Job t;
      t.length = b.loadIndex(buffers[AttentionPlaces::Offsets], sequence + 1) - first;
      t.q = b.f32At(buffers[AttentionPlaces::Q], first * double(s.ldQ) + column + double(s.qAt));
      t.k = b.f32At(buffers[AttentionPlaces::K], first * double(s.ldK) + column + double(s.kAt));
      t.v = b.f32At(buffers[AttentionPlaces::V], first * double(s.ldV) + valueColumn + double(s.vAt));
      t.out = b.f32At(buffers[AttentionPlaces::Out], first * double(s.ldOut) + valueColumn);
      t.keyVectors = b.wholes(t.length + double(lanes - 1), lanes);
      t.keys = scratch;
      t.values = operands.valuesAt(t, t.keys);
      t.queries = operands.queriesAt(t, t.values);
      t.scores = operands.endOf(t.queries);
      operands.packKeys({t.k, s.ldK, t.length, t.keyVectors}, t.keys);
      operands.packValues(t, t.values);
      if (s.relativeOperands() + s.termOperands() > 0) {
        Expr end = b.f32At(t.scores, t.keyVectors * double(tiles.rows * lanes));
        relative.enter(buffers, t, head, first, terms.enter(buffers, t, head, first, end));
      }
      b.loop(b.i64(0), t.length, tiles.rows, [&](Expr row) {
        b.ifThen(index + 1 < end, [&] { fetchNextHead(t, row); });
        writeRows(t, row);
      });
    });
  }

private:
  /// Brings a block of rows of the next head, which lies beside this one's, into L2: heads are far apart in memory, so that the CPU
  /// does not foresee them.
  void fetchNextHead(const Job &t, Expr row) {
    constexpr int64_t line = 16;
    const std::tuple<Expr, int64_t, int64_t> parts[] = {
        {t.q, s.ldQ, s.keySize}, {t.k, s.ldK, s.keySize}, {t.v, s.ldV, s.valueSize}};
    for (int64_t r = 0; r < tiles.rows; ++r) {
      for (auto [part, stride, size] : parts) {
        Expr next = b.f32At(part, (row + double(r)) * double(stride) + double(size));
        for (int64_t column = 0; column < size; column += line) {
          b.prefetch(b.f32At(next, b.i64(column)), 2);
        }
      }
    }
  }

  /// Which vectors of keys a block of query rows looks at, and of those of a vector each of its rows: all of the sequence, or what
  /// causal and banded attention leave.
  struct Reach {
    Expr begin, end; ///< vectors
    Exprs rows;
  };

  Reach reachOf(const Job &t, Expr row, const Exprs &rows) {
    Reach reach{b.i64(0), t.keyVectors, rows};
    if (s.window > 0) {
      reach.begin = b.wholes(b.max(row - double(s.window - 1), b.i64(0)), lanes);
    }
    if (s.masked()) {
      const int64_t ahead = s.causal ? tiles.rows : tiles.rows - 1 + s.window; // of the last row's keys, beyond `row`
      reach.end = b.min(b.wholes(row + double(ahead + lanes - 1), lanes), t.keyVectors);
    }
    return reach;
  }

  /// The lanes of key vector `vector` that row `r` of the block looks at.
  Expr seen(const Job &t, const Reach &reach, Expr vector, int64_t r) {
    Expr key = vector * double(lanes);
    Expr last = s.causal ? reach.rows[r] + 1 : t.length;
    if (s.window > 0) {
      last = b.min(last, reach.rows[r] + double(s.window));
    }
    Expr mask = b.firstLanes(last - key, lanes);
    if (s.window > 0) {
      Expr hidden = b.firstLanes(reach.rows[r] - double(s.window - 1) - key, lanes);
      mask = b.select(hidden, b.constant(b.vectorOf(b.intType(1), lanes), 0), mask);
    }
    return mask;
  }

  /// The block of query rows that begins at `row`. One that reaches beyond the sequence does its last row several times.
  void writeRows(const Job &t, Expr row) {
    Exprs rows, queries;
    for (int64_t r = 0; r < tiles.rows; ++r) {
      rows.push_back(b.min(row + double(r), t.length - 1));
      queries.push_back(b.f32At(t.q, rows.back() * double(s.ldQ)));
    }
    queries = operands.packQueries(queries, t.queries);
    const Reach reach = reachOf(t, row, rows);
    operands.eachPanel(reach.begin, s.masked() ? reach.end : Expr(), t.keyVectors,
                       [&](Expr vector, int64_t width) { writeScores(t, queries, vector, width); });
    auto scorePlace = [&](Expr vector, int64_t r) { return scoreAt(t, vector, r); };
    const RelativePositions::Block block{rows, row, reach.begin, reach.end, scorePlace};
    if (relative.keys()) {
      relative.addScores(block, queries);
    }
    terms.addScores(block);
    Exprs inverses = s.masked() ? writeMaskedSoftmax(t, reach) : writeSoftmax(t);
    if (relative.values()) {
      relative.weigh(block);
    }
    int64_t wholePanels = s.valueSize / (tiles.valueVectors * lanes) * tiles.valueVectors;
    b.loop(b.i64(0), b.i64(wholePanels), tiles.valueVectors,
           [&](Expr vector) { writeResult(t, reach, inverses, vector, tiles.valueVectors * lanes); });
    if (wholePanels < valueVectors) {
      writeResult(t, reach, inverses, b.i64(wholePanels), s.valueSize - wholePanels * lanes);
    }
  }

  Expr scoreAt(const Job &t, Expr vector, int64_t row) {
    return b.f32At(t.scores, vector * double(tiles.rows * lanes) + double(row * lanes));
  }

  /// The products of the queries with `width` vectors of keys, with the sign of the scale.
  void writeScores(const Job &t, ArrayRef<Expr> queries, Expr vector, int64_t width) {
    Exprs sums = operands.meet(queries, t.keys, vector, width);
    for (size_t r = 0; r < queries.size(); ++r) {
      for (int64_t c = 0; c < width; ++c) {
        b.store(sums[r * width + c], scoreAt(t, vector + double(c), r));
      }
    }
  }

  /// writeSoftmax where each row looks at keys of its own: those of the block's vectors that it does not see get weight 0.
  Exprs writeMaskedSoftmax(const Job &t, const Reach &reach) {
    Expr lowest = b.f32(-std::numeric_limits<double>::infinity(), lanes);
    Expr factor = b.f32(std::abs(s.scale) * M_LOG2E, lanes);
    Exprs largest(tiles.rows, lowest), sums(tiles.rows, b.f32(0, lanes));
    largest = b.loop(reach.begin, reach.end, 1, largest, [&](Expr vector, ArrayRef<Expr> carried) {
      Exprs next;
      for (int64_t r = 0; r < tiles.rows; ++r) {
        Expr score = b.loadF32(scoreAt(t, vector, r), lanes);
        next.push_back(b.max(b.select(seen(t, reach, vector, r), score, lowest), carried[r]));
      }
      return next;
    });
    for (int64_t r = 0; r < tiles.rows; ++r) {
      largest[r] = b.splat(b.reduceMax(largest[r]), lanes) * factor;
    }
    sums = b.loop(reach.begin, reach.end, 1, sums, [&](Expr vector, ArrayRef<Expr> carried) {
      Exprs next;
      for (int64_t r = 0; r < tiles.rows; ++r) {
        Expr power = b.fma(b.loadF32(scoreAt(t, vector, r), lanes), factor, largest[r] * -1.0);
        Expr weight = s.bf16 ? b.exp2OfNegativeRoughly(power) : b.exp2OfNegative(power);
        weight = b.select(seen(t, reach, vector, r), weight, b.f32(0, lanes));
        operands.storeWeights(weight, scoreAt(t, vector, r));
        next.push_back(carried[r] + weight);
      }
      return next;
    });
    for (int64_t r = 0; r < tiles.rows; ++r) {
      sums[r] = 1.0 / b.reduceAdd(sums[r]);
    }
    return sums;
  }

  /// Products p become e^(|scale| (p - largest)), as powers of two; gives 1 / sum of each row. Lanes beyond the sequence become 0.
  Exprs writeSoftmax(const Job &t) {
    Expr last = t.keyVectors - 1;
    Expr mask = b.firstLanes(t.length - last * double(lanes), lanes);
    Expr lowest = b.f32(-std::numeric_limits<double>::infinity(), lanes);
    Exprs largest(tiles.rows, lowest), sums(tiles.rows, b.f32(0, lanes));
    auto scoresOf = [&](Expr vector, int64_t r) { return b.loadF32(scoreAt(t, vector, r), lanes); };
    Expr factor = b.f32(std::abs(s.scale) * M_LOG2E, lanes);
    largest = b.loop(b.i64(0), last, 1, largest, [&](Expr vector, ArrayRef<Expr> carried) {
      Exprs next;
      for (int64_t r = 0; r < tiles.rows; ++r) {
        next.push_back(b.max(scoresOf(vector, r), carried[r]));
      }
      return next;
    });
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr masked = b.select(mask, scoresOf(last, r), lowest);
      largest[r] = b.splat(b.reduceMax(b.max(masked, largest[r])), lanes) * factor;
    }
    auto weightOf = [&](Expr vector, int64_t r) {
      Expr power = b.fma(scoresOf(vector, r), factor, largest[r] * -1.0);
      return s.bf16 ? b.exp2OfNegativeRoughly(power) : b.exp2OfNegative(power);
    };
    sums = b.loop(b.i64(0), last, 1, sums, [&](Expr vector, ArrayRef<Expr> carried) {
      Exprs next;
      for (int64_t r = 0; r < tiles.rows; ++r) {
        Expr weight = weightOf(vector, r);
        operands.storeWeights(weight, scoreAt(t, vector, r));
        next.push_back(carried[r] + weight);
      }
      return next;
    });
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr weight = b.select(mask, weightOf(last, r), b.f32(0, lanes));
      operands.storeWeights(weight, scoreAt(t, last, r));
      sums[r] = 1.0 / b.reduceAdd(sums[r] + weight);
    }
    return sums;
  }

  /// The result's columns from vector `vector` of the head on, `columns` of them, one panel of values.
  void writeResult(const Job &t, const Reach &reach, ArrayRef<Expr> inverses, Expr vector, int64_t columns) {
    const Exprs &rows = reach.rows;
    int64_t width = ceilDiv(columns, lanes);
    Expr panel = b.f32At(t.values, operands.tokenWords(t.length) * (vector * double(lanes)));
    Exprs sums(rows.size() * width, b.f32(0, lanes));
    const int64_t wordsOfVector = lanes / operands.tokensPerWord();
    sums = b.loop(reach.begin, reach.end, 1, sums, [&](Expr keys, ArrayRef<Expr> outer) {
      Expr weights = scoreAt(t, keys, 0);
      Expr values = b.f32At(panel, keys * double(wordsOfVector * width * lanes));
      Expr count = operands.tokenWords(b.min(t.length - keys * double(lanes), b.i64(lanes)));
      return b.loop(b.i64(0), count, 1, outer, [&](Expr word, ArrayRef<Expr> carried) {
        Exprs loaded, next;
        for (int64_t c = 0; c < width; ++c) {
          loaded.push_back(operands.loadWords(values, word * double(width * lanes) + double(c * lanes)));
        }
        for (size_t r = 0; r < rows.size(); ++r) {
          Expr x = operands.repeatWord(weights, word + double(r * lanes));
          for (int64_t c = 0; c < width; ++c) {
            next.push_back(operands.multiply(x, loaded[c], carried[r * width + c]));
          }
        }
        return next;
      });
    });
    for (auto [r, row] : llvm::enumerate(rows)) {
      Expr out = b.f32At(t.out, row * double(s.ldOut) + vector * double(lanes));
      for (int64_t c = 0; c < width; ++c) {
        Expr sum = sums[r * width + c];
        sum = relative.values() ? sum + relative.sum(r, vector + double(c)) : sum;
        b.store(sum * inverses[r], b.f32At(out, b.i64(c * lanes)), columns - c * lanes);
      }
    }
  }

  LoopBuilder &b;
  const AttentionShape &s;
  AttentionTiles tiles;
  AttentionOperands operands;
  RelativePositions relative;
  ScoreTerms terms;
  int64_t lanes;
  int64_t valueVectors; ///< that hold one head
};

} // namespace

func::FuncOp buildAttentionKernel(LoopBuilder &builder, StringRef symbol, const AttentionShape &shape) {
  return builder.kernel(symbol, AttentionPlaces::Count + shape.relativeOperands() + shape.termOperands(),
                        [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
                          Writer(builder, shape).write(operands, begin, end, scratch);
                        });
}

Extent attentionScratch(const AttentionShape &shape, const TargetCpu &cpu) {
  Extent bytes = AttentionOperands::scratch(shape, cpu);
  // Scores for lengths rounded up to whole vectors.
  const int64_t scores = int64_t(sizeof(float)) * AttentionTiles(shape, cpu).rows;
  bytes.constant += scores * cpu.lanes;
  bytes.perLongest += scores;
  for (const Extent &more : {ScoreTerms::scratch(shape, cpu), RelativePositions::scratch(shape, cpu)}) {
    bytes.constant += more.constant;
    bytes.perLongest += more.perLongest;
  }
  return bytes;
}

} // namespace clew::compiler
