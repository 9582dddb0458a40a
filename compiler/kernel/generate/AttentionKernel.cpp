// Scratch of one job, with L lanes and R query rows a block: what AttentionOperands keeps, then the scores of one block of query rows,
// for each vector of keys: [R][L]. Weights take the places of the scores that they are made of.
#include "compiler/kernel/generate/AttentionKernel.h"

#include "compiler/kernel/generate/AttentionOperands.h"
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
      : b(builder), s(shape), tiles(shape, builder.cpu()), operands(builder, shape, tiles), lanes(builder.cpu().lanes),
        valueVectors(ceilDiv(shape.headSize, lanes)) {}

  void write(ArrayRef<Expr> buffers, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr index) {
      Expr cut = b.wholes(index, s.heads);
      Expr column = (index - cut * double(s.heads)) * double(s.headSize);
      Expr sequence = b.loadIndex(buffers[AttentionPlaces::order], cut);
      Expr first = b.loadIndex(buffers[AttentionPlaces::offsets], sequence);
      Job t;
      t.length = b.loadIndex(buffers[AttentionPlaces::offsets], sequence + 1) - first;
      t.q = b.f32At(buffers[AttentionPlaces::q], first * double(s.ldQ) + column + double(s.qAt));
      t.k = b.f32At(buffers[AttentionPlaces::k], first * double(s.ldK) + column + double(s.kAt));
      t.v = b.f32At(buffers[AttentionPlaces::v], first * double(s.ldV) + column + double(s.vAt));
      t.out = b.f32At(buffers[AttentionPlaces::out], first * double(s.ldOut) + column);
      t.keyVectors = b.wholes(t.length + double(lanes - 1), lanes);
      t.keys = scratch;
      t.values = operands.valuesAt(t, t.keys);
      t.queries = operands.queriesAt(t, t.values);
      t.scores = operands.endOf(t.queries);
      operands.packKeys(t, t.keys);
      operands.packValues(t, t.values);
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
    const std::pair<Expr, int64_t> parts[] = {{t.q, s.ldQ}, {t.k, s.ldK}, {t.v, s.ldV}};
    for (int64_t r = 0; r < tiles.rows; ++r) {
      for (auto [part, stride] : parts) {
        Expr next = b.f32At(part, (row + double(r)) * double(stride) + double(s.headSize));
        for (int64_t column = 0; column < s.headSize; column += line) {
          b.prefetch(b.f32At(next, b.i64(column)), 2);
        }
      }
    }
  }

  /// The block of query rows that begins at `row`. One that reaches beyond the sequence does its last row several times.
  void writeRows(const Job &t, Expr row) {
    Exprs rows, queries;
    for (int64_t r = 0; r < tiles.rows; ++r) {
      rows.push_back(b.min(row + double(r), t.length - 1));
      queries.push_back(b.f32At(t.q, rows.back() * double(s.ldQ)));
    }
    queries = operands.packQueries(queries, t.queries);
    Expr whole = b.wholes(t.keyVectors, tiles.keyVectors) * double(tiles.keyVectors);
    b.loop(b.i64(0), whole, tiles.keyVectors, [&](Expr vector) { writeScores(t, queries, vector, tiles.keyVectors); });
    for (int64_t rest = 1; rest < tiles.keyVectors; ++rest) {
      b.ifThen(t.keyVectors - whole == double(rest), [&] { writeScores(t, queries, whole, rest); });
    }
    Exprs inverses = writeSoftmax(t);
    int64_t wholePanels = s.headSize / (tiles.valueVectors * lanes) * tiles.valueVectors;
    b.loop(b.i64(0), b.i64(wholePanels), tiles.valueVectors,
           [&](Expr vector) { writeResult(t, rows, inverses, vector, tiles.valueVectors * lanes); });
    if (wholePanels < valueVectors) {
      writeResult(t, rows, inverses, b.i64(wholePanels), s.headSize - wholePanels * lanes);
    }
  }

  Expr loadWords(Expr from, Expr word) {
    return b.load(b.f32At(from, word), LoopBuilder::vectorOf(operands.wordType(), lanes));
  }
  Expr repeatWord(Expr from, Expr word) { return b.splat(b.load(b.f32At(from, word), operands.wordType()), lanes); }

  Expr scoreAt(const Job &t, Expr vector, int64_t row) {
    return b.f32At(t.scores, vector * double(tiles.rows * lanes) + double(row * lanes));
  }

  /// The products of the queries with `width` vectors of keys, with the sign of the scale.
  void writeScores(const Job &t, ArrayRef<Expr> queries, Expr vector, int64_t width) {
    Expr panel = b.f32At(t.keys, vector * double(lanes * operands.depth()));
    Exprs zeros(queries.size() * width, b.f32(0, lanes));
    Exprs sums = b.loop(b.i64(0), b.i64(operands.depth()), 1, zeros, [&](Expr d, ArrayRef<Expr> carried) {
      Exprs keys, next;
      for (int64_t c = 0; c < width; ++c) {
        keys.push_back(loadWords(panel, d * double(width * lanes) + double(c * lanes)));
      }
      for (auto [r, query] : llvm::enumerate(queries)) {
        Expr x = repeatWord(query, d);
        for (int64_t c = 0; c < width; ++c) {
          next.push_back(operands.multiply(x, keys[c], carried[r * width + c]));
        }
      }
      return next;
    });
    for (size_t r = 0; r < queries.size(); ++r) {
      for (int64_t c = 0; c < width; ++c) {
        Expr sum = sums[r * width + c];
        b.store(s.scale < 0 ? sum * -1.0 : sum, scoreAt(t, vector + double(c), r));
      }
    }
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
  void writeResult(const Job &t, ArrayRef<Expr> rows, ArrayRef<Expr> inverses, Expr vector, int64_t columns) {
    int64_t width = ceilDiv(columns, lanes);
    Expr panel = b.f32At(t.values, operands.tokenWords(t.length) * (vector * double(lanes)));
    Exprs sums(rows.size() * width, b.f32(0, lanes));
    const int64_t wordsOfVector = lanes / operands.tokensPerWord();
    sums = b.loop(b.i64(0), t.keyVectors, 1, sums, [&](Expr keys, ArrayRef<Expr> outer) {
      Expr weights = scoreAt(t, keys, 0);
      Expr values = b.f32At(panel, keys * double(wordsOfVector * width * lanes));
      Expr count = operands.tokenWords(b.min(t.length - keys * double(lanes), b.i64(lanes)));
      return b.loop(b.i64(0), count, 1, outer, [&](Expr word, ArrayRef<Expr> carried) {
        Exprs loaded, next;
        for (int64_t c = 0; c < width; ++c) {
          loaded.push_back(loadWords(values, word * double(width * lanes) + double(c * lanes)));
        }
        for (size_t r = 0; r < rows.size(); ++r) {
          Expr x = repeatWord(weights, word + double(r * lanes));
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
        b.store(sums[r * width + c] * inverses[r], b.f32At(out, b.i64(c * lanes)), columns - c * lanes);
      }
    }
  }

  LoopBuilder &b;
  const AttentionShape &s;
  AttentionTiles tiles;
  AttentionOperands operands;
  int64_t lanes;
  int64_t valueVectors; ///< that hold one head
};

} // namespace

func::FuncOp buildAttentionKernel(LoopBuilder &builder, StringRef symbol, const AttentionShape &shape) {
  return builder.kernel(symbol, AttentionPlaces::count,
                        [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
                          Writer(builder, shape).write(operands, begin, end, scratch);
                        });
}

Extent attentionScratch(const AttentionShape &shape, const TargetCpu &cpu) {
  Extent bytes = AttentionOperands::scratch(shape, cpu);
  // Scores for lengths rounded up to whole vectors.
  const int64_t scores = int64_t(sizeof(float)) * AttentionTiles(shape, cpu).rows;
  bytes.constant += scores * cpu.lanes;
  bytes.longest += scores;
  return bytes;
}

} // namespace clew::compiler
