// See DeviceTerms.h.
#include "compiler/kernel/device/DeviceTerms.h"

#include "compiler/kernel/device/DeviceAttention.h"

#include <cmath>

using namespace mlir;

namespace clew::compiler {

DeviceTerms::DeviceTerms(DeviceBuilder &builder, const AttentionShape &shape, const AttentionTile &tile)
    : b(builder), s(shape), t(tile) {}

Expr DeviceTerms::rounded(Expr value) { return s.bf16 ? b.fromBf16(b.toBf16(value)) : value; }

Exprs DeviceTerms::loadColumns(Expr from, int64_t size, int64_t columns) {
  Exprs loaded;
  for (int64_t c = 0; c < columns; ++c) {
    Expr column = sharer + double(c * t.sharers);
    auto load = [&] { return rounded(b.loadF32(b.f32At(from, column), 1)); };
    loaded.push_back((c + 1) * t.sharers <= size ? load()
                                                 : b.choose(
                                                       column < double(size), [&]() -> Exprs { return {load()}; },
                                                       [&]() -> Exprs { return {b.f32(0)}; })[0]);
  }
  return loaded;
}

Expr DeviceTerms::sumOfRow(Expr partial) {
  return b.joinThreads(partial, t.sharers, [](Expr x, Expr y) { return x + y; });
}

void DeviceTerms::begin(const Row &place) {
  head = place.head;
  row = place.row;
  sharer = place.sharer;
  lastToken = place.tokens - 1;
}

void DeviceTerms::enter(ArrayRef<Expr> operands, ArrayRef<Expr> ownQuery) {
  query.assign(ownQuery.begin(), ownQuery.end());
  relativeQuery = query;
  size_t place = DeviceAttentionPlaces::Count;
  auto queryAt = [&](int64_t stride, int64_t at) {
    Expr begin = row * double(stride) + head * double(s.keySize) + double(at);
    return loadColumns(b.f32At(operands[place++], begin), s.keySize, t.keyColumns);
  };
  if (s.relativeKeys) {
    relativeKeys = operands[place++];
  }
  if (s.relativeValues) {
    relativeValues = operands[place++];
  }
  if (s.ldRelativeQ > 0) {
    relativeQuery = queryAt(s.ldRelativeQ, s.relativeQAt);
  }
  if (s.segmentKeys > 0) {
    segments = operands[place++];
    Expr keys = operands[place++];
    Exprs seekers = s.ldSegmentQ > 0 ? queryAt(s.ldSegmentQ, s.segmentQAt) : query;
    Expr column = s.segmentKeys == s.keySize ? b.i64(0) : head * double(s.keySize);
    auto meet = [&](int64_t which) {
      Exprs key = loadColumns(b.f32At(keys, column + double(which * s.segmentKeys)), s.keySize, t.keyColumns);
      Expr sum = b.f32(0);
      for (int64_t c = 0; c < t.keyColumns; ++c) {
        sum = b.fma(seekers[c], key[c], sum);
      }
      return sumOfRow(sum);
    };
    sameSegment = meet(0);
    otherSegment = meet(1);
    ownSegment = b.load(b.at(segments, row, b.intType(32)), b.intType(32));
  }
  if (s.relativeBiases) {
    relativeBiases = operands[place++];
  }
}

/// The row of a table for the distance to `token`, at the head's columns.
Expr DeviceTerms::tableRow(Expr table, const DistanceTable &shape, Expr token, int64_t size) {
  Expr distance = b.max(b.min(token - row, b.i64(shape.reach)), b.i64(-shape.reach));
  Expr at = (distance + double(shape.reach)) * double(shape.columns);
  return b.f32At(table, shape.perHead ? at + head * double(size) : at);
}

Expr DeviceTerms::score(Expr token, llvm::function_ref<Expr(int64_t)> keyAt) {
  Expr sum = b.f32(0);
  for (int64_t c = 0; c < t.keyColumns; ++c) {
    sum = b.fma(query[c], keyAt(c), sum);
  }
  if (s.relativeKeys) {
    Exprs more = loadColumns(tableRow(relativeKeys, s.relativeKeys, token, s.keySize), s.keySize, t.keyColumns);
    for (int64_t c = 0; c < t.keyColumns; ++c) {
      sum = b.fma(relativeQuery[c], more[c], sum);
    }
  }
  sum = sumOfRow(sum);
  if (s.segmentKeys > 0) {
    // A token beyond the row's reach may lie outside of the batch.
    Expr theirs = b.load(b.at(segments, b.min(token, lastToken), b.intType(32)), b.intType(32));
    sum = sum + b.select(theirs == ownSegment, sameSegment, otherSegment);
  }
  Expr power = sum * (s.scale * M_LOG2E);
  if (s.relativeBiases) {
    power = b.fma(b.loadF32(tableRow(relativeBiases, s.relativeBiases, token, 1), 1), b.f32(M_LOG2E), power);
  }
  return power;
}

Expr DeviceTerms::value(Expr token, int64_t c, Expr own) {
  if (!s.relativeValues) {
    return own;
  }
  Expr column = sharer + double(c * t.sharers);
  Expr from = b.f32At(tableRow(relativeValues, s.relativeValues, token, s.valueSize), column);
  auto load = [&] { return own + rounded(b.loadF32(from, 1)); };
  return (c + 1) * t.sharers <= s.valueSize ? load()
                                            : b.choose(
                                                  column < double(s.valueSize), [&]() -> Exprs { return {load()}; },
                                                  [&]() -> Exprs { return {own}; })[0];
}

} // namespace clew::compiler
