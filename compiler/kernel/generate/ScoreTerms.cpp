// See ScoreTerms.h.
#include "compiler/kernel/generate/ScoreTerms.h"

#include <cmath>

namespace clew::compiler {

namespace {

constexpr int64_t wordBytes = 4;

} // namespace

Extent ScoreTerms::scratch(const AttentionShape &shape, const TargetCpu &cpu) {
  if (!shape.relativeBiases) {
    return {};
  }
  // Distances -m..m, m below the length and at most the reach.
  return {.constant = wordBytes * (2 * int64_t(cpu.lanes) + 1), .perLongest = 2 * wordBytes};
}

Expr ScoreTerms::enter(llvm::ArrayRef<Expr> buffers, const AttentionHead &head, Expr number, Expr first, Expr at) {
  length = head.length;
  size_t place = AttentionPlaces::Count + s.relativeOperands();
  if (s.segmentKeys > 0) {
    segments = b.at(buffers[place++], first, b.intType(32));
    keys = b.f32At(buffers[place++], s.segmentKeys == s.keySize ? b.i64(0) : number * double(s.keySize));
    otherKeys = b.f32At(keys, b.i64(s.segmentKeys));
    queries = head.q;
    if (s.ldSegmentQ > 0) {
      queries =
          b.f32At(buffers[place++], first * double(s.ldSegmentQ) + number * double(s.keySize) + double(s.segmentQAt));
    }
  }
  if (s.relativeBiases) {
    biases = at;
    layBiases(buffers[place], number);
    at = b.f32At(at, most * 2.0 + double(2 * lanes + 1));
  }
  return at;
}

/// As products are scaled afterwards, so are biases before.
void ScoreTerms::layBiases(Expr table, Expr number) {
  const DistanceTable &distances = s.relativeBiases;
  most = b.min(length - 1, b.i64(distances.reach));
  Expr from = b.f32At(table, (double(distances.reach) - most) * double(distances.columns) + number);
  Expr last = most * 2.0;
  auto biasAt = [&](Expr slot) {
    return b.load(b.f32At(from, slot * double(distances.columns)), b.f32Type()) * (1 / std::abs(s.scale));
  };
  b.loop(b.i64(0), last + 1, 1, [&](Expr slot) { b.store(biasAt(slot), b.f32At(biases, slot + double(lanes))); });
  b.store(b.splat(biasAt(b.i64(0)), lanes), biases);
  b.store(b.splat(biasAt(last), lanes), b.f32At(biases, last + double(lanes + 1)));
}

void ScoreTerms::addScores(const RelativePositions::Block &block) {
  if (s.relativeBiases) {
    addBiases(block);
  }
  if (s.segmentKeys > 0) {
    addSegments(block);
  }
}

void ScoreTerms::addBiases(const RelativePositions::Block &block) {
  b.loop(block.begin, block.end, 1, [&](Expr vector) {
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr slot = vector * double(lanes) - block.rows[r] + most;
      slot = b.max(b.min(slot, most * 2.0 + 1.0), b.i64(-lanes));
      Expr gained = b.loadF32(b.f32At(biases, slot + double(lanes)), lanes);
      b.store(b.loadF32(block.scoreAt(vector, r), lanes) + gained, block.scoreAt(vector, r));
    }
  });
}

std::pair<Expr, Expr> ScoreTerms::meetKeys(Expr row) {
  Expr query = b.f32At(queries, row * double(s.ldSegmentQ > 0 ? s.ldSegmentQ : s.ldQ));
  auto add = [&](Expr at, int64_t columns, llvm::ArrayRef<Expr> sums) {
    auto part = [&](Expr from) {
      return operands.rounded(b.load(b.f32At(from, at), LoopBuilder::vectorOf(b.f32Type(), lanes), columns));
    };
    Expr x = part(query);
    return Exprs{b.fma(x, part(keys), sums[0]), b.fma(x, part(otherKeys), sums[1])};
  };
  const int64_t whole = s.keySize / lanes * lanes;
  Exprs sums = b.loop(b.i64(0), b.i64(whole), lanes, {b.f32(0, lanes), b.f32(0, lanes)},
                      [&](Expr at, llvm::ArrayRef<Expr> carried) { return add(at, lanes, carried); });
  if (whole < s.keySize) {
    sums = add(b.i64(whole), s.keySize - whole, sums);
  }
  auto total = [&](Expr sum) {
    Expr found = b.reduceAdd(sum);
    return b.splat(s.scale < 0 ? found * -1.0 : found, lanes);
  };
  return {total(sums[0]), total(sums[1])};
}

void ScoreTerms::addSegments(const RelativePositions::Block &block) {
  Exprs own, same, other;
  for (Expr row : block.rows) {
    own.push_back(b.splat(b.load(b.at(segments, row, b.intType(32)), b.intType(32)), lanes));
    auto [one, two] = meetKeys(row);
    same.push_back(one);
    other.push_back(two);
  }
  b.loop(block.begin, block.end, 1, [&](Expr vector) {
    Expr key = vector * double(lanes);
    Expr inside = b.firstLanes(length - key, lanes);
    Expr theirs = b.load(b.at(segments, key, b.intType(32)), LoopBuilder::vectorOf(b.intType(32), lanes), inside);
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr gained = b.select(theirs == own[r], same[r], other[r]);
      b.store(b.loadF32(block.scoreAt(vector, r), lanes) + gained, block.scoreAt(vector, r));
    }
  });
}

} // namespace clew::compiler
