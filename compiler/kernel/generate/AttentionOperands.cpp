// See AttentionOperands.h.
#include "compiler/kernel/generate/AttentionOperands.h"

#include "compiler/kernel/generate/Transpose.h"
#include "runtime/base/Rounding.h"

#include <algorithm>

using namespace mlir;

namespace clew::compiler {
namespace {

constexpr int64_t wordBytes = 4;

int64_t elementsPerWord(const AttentionShape &shape, const TargetCpu &cpu) {
  return shape.bf16 && cpu.bf16DotFast ? 2 : 1;
}

} // namespace

AttentionTiles::AttentionTiles(const AttentionShape &shape, const TargetCpu &cpu)
    : rows(cpu.registers >= 32 ? 8 : 4), keyVectors(3),
      valueVectors(std::min<int64_t>(2, ceilDiv(shape.valueSize, cpu.lanes))) {}

AttentionOperands::AttentionOperands(LoopBuilder &builder, const AttentionShape &shape, const AttentionTiles &tiles)
    : b(builder), s(shape), tiles(tiles), lanes(builder.cpu().lanes), perWord(elementsPerWord(shape, builder.cpu())) {}

int64_t AttentionOperands::depthOf(const AttentionShape &shape, const TargetCpu &cpu) {
  const int64_t perWord = elementsPerWord(shape, cpu);
  return ceilDiv(shape.keySize, perWord);
}

/// Words of one query's place: none where queries are read where they are.
int64_t AttentionOperands::queryWords(const AttentionShape &shape, const TargetCpu &cpu) {
  return shape.bf16 ? roundUp(depthOf(shape, cpu), cpu.lanes) : 0;
}

Expr AttentionOperands::tokenWords(Expr tokens) const { return perWord == 1 ? tokens : b.shiftRight(tokens + 1, 1); }

Extent AttentionOperands::scratch(const AttentionShape &shape, const TargetCpu &cpu) {
  // Keys for lengths rounded up to whole vectors, values for heads rounded up.
  const int64_t perWord = elementsPerWord(shape, cpu);
  const int64_t keys = wordBytes * depthOf(shape, cpu);
  const int64_t values = wordBytes * roundUp(shape.valueSize, cpu.lanes);
  const int64_t queries = wordBytes * AttentionTiles(shape, cpu).rows * queryWords(shape, cpu);
  return {.constant = keys * cpu.lanes + values + queries, .perLongest = keys + ceilDiv(values, perWord)};
}

Expr AttentionOperands::valuesAt(const AttentionHead &head, Expr keys) const {
  return b.f32At(keys, head.keyVectors * double(lanes * depth()));
}

Expr AttentionOperands::queriesAt(const AttentionHead &head, Expr values) const {
  return b.f32At(values, tokenWords(head.length) * double(lanes * valueVectors()));
}

Expr AttentionOperands::endOf(Expr queries) const {
  return b.f32At(queries, b.i64(tiles.rows * queryWords(s, b.cpu())));
}

Expr AttentionOperands::wordsOf(Expr row, Expr column, int64_t columns) {
  Expr x = b.load(b.f32At(row, column), LoopBuilder::vectorOf(b.f32Type(), perWord * lanes), columns);
  return perWord == 2 ? b.bitcast(b.toBf16(x), b.intType(32)) : rounded(x);
}

void AttentionOperands::packKeys(const KeyRows &rows, Expr keys) {
  b.loop(b.i64(0), rows.vectors, 1, [&](Expr vector) {
    Expr panel = b.wholes(vector, tiles.keyVectors) * double(tiles.keyVectors);
    Expr stride = b.min(rows.vectors - panel, b.i64(tiles.keyVectors)) * double(lanes);
    Expr to = b.f32At(keys, panel * double(lanes * depth()) + (vector - panel) * double(lanes));
    Expr key = vector * double(lanes);
    auto pack = [&](llvm::function_ref<Expr(int64_t)> keyOf) { packKeyVector(to, stride, keyOf, rows); };
    b.ifElse(
        rows.length < key + double(lanes),
        [&] { pack([&](int64_t r) { return b.min(key + double(r), rows.length - 1); }); },
        [&] { pack([&](int64_t r) { return key + double(r); }); });
  });
}

/// Transposes a vector of keys: to[word * stride + lane] = that word of keys[key(lane)].
void AttentionOperands::packKeyVector(Expr to, Expr stride, llvm::function_ref<Expr(int64_t)> key,
                                      const KeyRows &from) {
  Exprs rows;
  for (int64_t r = 0; r < lanes; ++r) {
    rows.push_back(b.f32At(from.from, key(r) * double(from.ld)));
  }
  auto packBlock = [&](Expr word, int64_t columns) {
    Exprs block;
    for (Expr row : rows) {
      block.push_back(wordsOf(row, word * double(perWord), columns));
    }
    block = transpose(b, block);
    for (int64_t i = 0; i < ceilDiv(columns, perWord); ++i) {
      b.store(block[i], b.f32At(to, (word + double(i)) * stride));
    }
  };
  const int64_t whole = s.keySize / (perWord * lanes) * lanes;
  b.loop(b.i64(0), b.i64(whole), lanes, [&](Expr word) { packBlock(word, perWord * lanes); });
  if (perWord * whole < s.keySize) {
    packBlock(b.i64(whole), s.keySize - perWord * whole);
  }
}

void AttentionOperands::packValues(const AttentionHead &head, Expr values) {
  if (perWord == 1) {
    b.loop(b.i64(0), head.length, 1, [&](Expr key) { packValueWords(head, values, key, false); });
    return;
  }
  b.loop(b.i64(0), head.length - 1, 2, [&](Expr key) { packValueWords(head, values, key, true); });
  b.ifThen(b.both(head.length, b.i64(1)) == 1, [&] { packValueWords(head, values, head.length - 1, false); });
}

/// The words of token `key`, or of it and the next.
void AttentionOperands::packValueWords(const AttentionHead &head, Expr values, Expr key, bool pair) {
  Expr total = tokenWords(head.length);
  Expr word = perWord == 1 ? key : b.shiftRight(key, 1);
  for (int64_t v = 0; v < valueVectors(); ++v) {
    const int64_t panel = v / tiles.valueVectors * tiles.valueVectors;
    const int64_t width = std::min(tiles.valueVectors, valueVectors() - panel);
    auto valuesOf = [&](Expr token) {
      Expr from = b.f32At(head.v, token * double(s.ldV) + double(v * lanes));
      return rounded(b.load(from, LoopBuilder::vectorOf(b.f32Type(), lanes), s.valueSize - v * lanes));
    };
    Expr words = valuesOf(key);
    if (perWord == 2) {
      words = b.shiftRight(b.bitcast(words, b.intType(32)), 16);
      words = pair ? words + b.bitcast(valuesOf(key + 1), b.intType(32)) : words;
    }
    Expr to = total * double(panel * lanes) + word * double(width * lanes) + double((v - panel) * lanes);
    b.store(words, b.f32At(values, to));
  }
}

Exprs AttentionOperands::packQueries(ArrayRef<Expr> rows, Expr queries) {
  if (!s.bf16) {
    return Exprs(rows);
  }
  Exprs packed;
  for (auto [r, row] : llvm::enumerate(rows)) {
    packed.push_back(b.f32At(queries, b.i64(int64_t(r) * queryWords(s, b.cpu()))));
    for (int64_t word = 0; word < depth(); word += lanes) {
      const int64_t columns = std::min(s.keySize - word * perWord, perWord * lanes);
      b.store(wordsOf(row, b.i64(word * perWord), columns), b.f32At(packed.back(), b.i64(word)));
    }
  }
  return packed;
}

void AttentionOperands::eachPanel(Expr begin, Expr end, Expr vectors, llvm::function_ref<void(Expr, int64_t)> body) {
  const int64_t width = tiles.keyVectors;
  Expr whole = b.wholes(vectors, width) * double(width);
  Expr first = b.i64(0), last = whole;
  if (end) {
    first = b.wholes(begin, width) * double(width);
    last = b.min(b.wholes(end + double(width - 1), width) * double(width), whole);
  }
  b.loop(first, last, width, [&](Expr vector) { body(vector, width); });
  for (int64_t rest = 1; rest < width; ++rest) {
    auto write = [&] { b.ifThen(vectors - whole == double(rest), [&] { body(whole, rest); }); };
    end ? b.ifThen(end > whole, write) : write();
  }
}

Exprs AttentionOperands::meet(ArrayRef<Expr> queries, Expr keys, Expr vector, int64_t width) {
  Expr panel = b.f32At(keys, vector * double(lanes * depth()));
  Exprs zeros(queries.size() * width, b.f32(0, lanes));
  Exprs sums = b.loop(b.i64(0), b.i64(depth()), 1, zeros, [&](Expr d, ArrayRef<Expr> carried) {
    Exprs loaded, next;
    for (int64_t c = 0; c < width; ++c) {
      loaded.push_back(loadWords(panel, d * double(width * lanes) + double(c * lanes)));
    }
    for (auto [r, query] : llvm::enumerate(queries)) {
      Expr x = repeatWord(query, d);
      for (int64_t c = 0; c < width; ++c) {
        next.push_back(multiply(x, loaded[c], carried[r * width + c]));
      }
    }
    return next;
  });
  for (Expr &sum : sums) {
    sum = s.scale < 0 ? sum * -1.0 : sum;
  }
  return sums;
}

Expr AttentionOperands::loadWeights(Expr at) {
  return perWord == 2 ? b.fromBf16(b.load(at, LoopBuilder::vectorOf(b.intType(16), lanes))) : b.loadF32(at, lanes);
}

void AttentionOperands::storeWeights(Expr weights, Expr at) { b.store(perWord == 2 ? b.toBf16(weights) : weights, at); }

Expr AttentionOperands::multiply(Expr x, Expr y, Expr sum) {
  return perWord == 2 ? b.dotBf16(x, y, sum) : b.fma(x, y, sum);
}

} // namespace clew::compiler
