// Scratch of one task, with L lanes, R query rows a block, panels of P vectors; the last panel of keys or values may have fewer:
//   keys:   a panel holds w vectors of keys:     [headSize][w][L]; keys beyond the sequence repeat its last
//   values: a panel holds w vectors of a head:   [tokens][w][L]; columns beyond the head are 0
//   scores: of one block of query rows, for each vector of keys: [R][L]
// Each loop below reads its panel from front to back, so that long sequences stream from L2.
#include "compiler/kernel/generate/AttentionKernel.h"

#include "compiler/kernel/generate/Transpose.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

/// How many registers hold sums: rows times vectors, for scores and for results.
struct Tiles {
  int64_t rows;
  int64_t keyVectors;
  int64_t valueVectors;
};

Tiles tilesFor(const TargetCpu &cpu) { return cpu.registers >= 32 ? Tiles{8, 3, 2} : Tiles{4, 3, 2}; }

/// One task: the sequence, its head's base pointers, and where things are in scratch.
struct Task {
  Expr q, k, v, out;         ///< of the sequence's first token
  Expr length;               ///< tokens, i64
  Expr keyVectors;           ///< vectors that hold them
  Expr keys, values, scores; ///< in scratch
};

class Writer {
public:
  Writer(LoopBuilder &builder, const AttentionShape &shape)
      : b(builder), s(shape), lanes(builder.cpu().lanes), valueVectors((shape.headSize + lanes - 1) / lanes),
        tiles(tilesFor(builder.cpu())) {
    tiles.valueVectors = std::min(tiles.valueVectors, valueVectors);
  }

  void write(ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr index) {
      Expr cut = b.wholes(index, s.heads);
      Expr column = (index - cut * double(s.heads)) * double(s.headSize);
      Expr sequence = b.loadIndex(operands[5], cut);
      Expr first = b.loadIndex(operands[4], sequence);
      Task t;
      t.length = b.loadIndex(operands[4], sequence + 1) - first;
      t.q = b.f32At(operands[0], first * double(s.ldQ) + column + double(s.qAt));
      t.k = b.f32At(operands[1], first * double(s.ldK) + column + double(s.kAt));
      t.v = b.f32At(operands[2], first * double(s.ldV) + column + double(s.vAt));
      t.out = b.f32At(operands[3], first * double(s.ldOut) + column);
      t.keyVectors = b.wholes(t.length + double(lanes - 1), lanes);
      t.keys = scratch;
      t.values = b.f32At(t.keys, t.keyVectors * double(lanes * s.headSize));
      t.scores = b.f32At(t.values, t.length * double(lanes * valueVectors));
      packKeys(t);
      packValues(t);
      b.loop(b.i64(0), t.length, tiles.rows, [&](Expr row) {
        b.ifThen(index + 1 < end, [&] { fetchNextHead(t, row); });
        writeRows(t, row);
      });
    });
  }

private:
  Type vectorType() { return b.vectorOf(b.f32Type(), lanes); }

  void packKeys(const Task &t) {
    b.loop(b.i64(0), t.keyVectors, 1, [&](Expr vector) {
      Expr panel = b.wholes(vector, tiles.keyVectors) * double(tiles.keyVectors);
      Expr stride = b.min(t.keyVectors - panel, b.i64(tiles.keyVectors)) * double(lanes);
      Expr to = b.f32At(t.keys, panel * double(lanes * s.headSize) + (vector - panel) * double(lanes));
      Expr key = vector * double(lanes);
      b.ifElse(
          t.length < key + double(lanes),
          [&] { packVector(to, stride, [&](int64_t r) { return b.min(key + double(r), t.length - 1); }, t.k); },
          [&] { packVector(to, stride, [&](int64_t r) { return key + double(r); }, t.k); });
    });
  }

  /// Transposes a vector of keys: to[d * stride + lane] = keys[key(lane)][d].
  void packVector(Expr to, Expr stride, llvm::function_ref<Expr(int64_t)> key, Expr keys) {
    Exprs rows;
    for (int64_t r = 0; r < lanes; ++r) {
      rows.push_back(b.f32At(keys, key(r) * double(s.ldK)));
    }
    auto packBlock = [&](Expr d, int64_t count) {
      Exprs block;
      for (Expr row : rows) {
        block.push_back(b.load(b.f32At(row, d), vectorType(), count));
      }
      block = transpose(b, block);
      for (int64_t i = 0; i < count; ++i) {
        b.store(block[i], b.f32At(to, (d + double(i)) * stride));
      }
    };
    int64_t whole = s.headSize / lanes * lanes;
    b.loop(b.i64(0), b.i64(whole), lanes, [&](Expr d) { packBlock(d, lanes); });
    if (whole < s.headSize) {
      packBlock(b.i64(whole), s.headSize - whole);
    }
  }

  void packValues(const Task &t) {
    b.loop(b.i64(0), t.length, 1, [&](Expr key) {
      for (int64_t v = 0; v < valueVectors; ++v) {
        int64_t panel = v / tiles.valueVectors * tiles.valueVectors;
        int64_t width = std::min(tiles.valueVectors, valueVectors - panel);
        Expr from = b.f32At(t.v, key * double(s.ldV) + double(v * lanes));
        Expr to = t.length * double(panel * lanes) + key * double(width * lanes) + double((v - panel) * lanes);
        b.store(b.load(from, vectorType(), s.headSize - v * lanes), b.f32At(t.values, to));
      }
    });
  }

  /// Brings a block of rows of the next head, which lies beside this one's, into L2: heads are far apart in memory, so that the CPU
  /// does not foresee them.
  void fetchNextHead(const Task &t, Expr row) {
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
  void writeRows(const Task &t, Expr row) {
    Exprs rows, queries;
    for (int64_t r = 0; r < tiles.rows; ++r) {
      rows.push_back(b.min(row + double(r), t.length - 1));
      queries.push_back(b.f32At(t.q, rows.back() * double(s.ldQ)));
    }
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

  Expr scoreAt(const Task &t, Expr vector, int64_t row) {
    return b.f32At(t.scores, vector * double(tiles.rows * lanes) + double(row * lanes));
  }

  /// The products of the queries with `width` vectors of keys, with the sign of the scale.
  void writeScores(const Task &t, ArrayRef<Expr> queries, Expr vector, int64_t width) {
    Expr panel = b.f32At(t.keys, vector * double(lanes * s.headSize));
    Exprs zeros(queries.size() * width, b.f32(0, lanes));
    Exprs sums = b.loop(b.i64(0), b.i64(s.headSize), 1, zeros, [&](Expr d, ArrayRef<Expr> carried) {
      Exprs keys, next;
      for (int64_t c = 0; c < width; ++c) {
        keys.push_back(b.loadF32(b.f32At(panel, d * double(width * lanes) + double(c * lanes)), lanes));
      }
      for (auto [r, query] : llvm::enumerate(queries)) {
        Expr x = b.splat(b.load(b.f32At(query, d), b.f32Type()), lanes);
        for (int64_t c = 0; c < width; ++c) {
          next.push_back(b.fma(x, keys[c], carried[r * width + c]));
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
  Exprs writeSoftmax(const Task &t) {
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
      return b.exp2OfNegative(b.fma(scoresOf(vector, r), factor, largest[r] * -1.0));
    };
    sums = b.loop(b.i64(0), last, 1, sums, [&](Expr vector, ArrayRef<Expr> carried) {
      Exprs next;
      for (int64_t r = 0; r < tiles.rows; ++r) {
        Expr weight = weightOf(vector, r);
        b.store(weight, scoreAt(t, vector, r));
        next.push_back(carried[r] + weight);
      }
      return next;
    });
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr weight = b.select(mask, weightOf(last, r), b.f32(0, lanes));
      b.store(weight, scoreAt(t, last, r));
      sums[r] = 1.0 / b.reduceAdd(sums[r] + weight);
    }
    return sums;
  }

  /// The result's columns from vector `vector` of the head on, `columns` of them, one panel of values.
  void writeResult(const Task &t, ArrayRef<Expr> rows, ArrayRef<Expr> inverses, Expr vector, int64_t columns) {
    int64_t width = (columns + lanes - 1) / lanes;
    Expr panel = b.f32At(t.values, t.length * (vector * double(lanes)));
    Exprs sums(rows.size() * width, b.f32(0, lanes));
    sums = b.loop(b.i64(0), t.keyVectors, 1, sums, [&](Expr keys, ArrayRef<Expr> outer) {
      Expr weights = scoreAt(t, keys, 0);
      Expr values = b.f32At(panel, keys * double(lanes * width * lanes));
      Expr count = b.min(t.length - keys * double(lanes), b.i64(lanes));
      return b.loop(b.i64(0), count, 1, outer, [&](Expr key, ArrayRef<Expr> carried) {
        Exprs loaded, next;
        for (int64_t c = 0; c < width; ++c) {
          loaded.push_back(b.loadF32(b.f32At(values, key * double(width * lanes) + double(c * lanes)), lanes));
        }
        for (size_t r = 0; r < rows.size(); ++r) {
          Expr x = b.splat(b.load(b.f32At(weights, key + double(r * lanes)), b.f32Type()), lanes);
          for (int64_t c = 0; c < width; ++c) {
            next.push_back(b.fma(x, loaded[c], carried[r * width + c]));
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
  int64_t lanes;
  int64_t valueVectors; ///< that hold one head
  Tiles tiles;
};

} // namespace

func::FuncOp buildAttentionKernel(LoopBuilder &builder, StringRef symbol, const AttentionShape &shape) {
  return builder.kernel(symbol, 6, [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Writer(builder, shape).write(operands, begin, end, scratch);
  });
}

Extent attentionScratch(const AttentionShape &shape, const TargetCpu &cpu) {
  // Keys and scores for lengths rounded up to whole vectors, values for heads rounded up.
  int64_t padded = int64_t(sizeof(float)) * (shape.headSize + tilesFor(cpu).rows);
  int64_t values = int64_t(sizeof(float)) * ((shape.headSize + cpu.lanes - 1) / cpu.lanes * cpu.lanes);
  return {.constant = padded * cpu.lanes, .longest = padded + values};
}

} // namespace clew::compiler
