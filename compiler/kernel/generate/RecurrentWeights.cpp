// A word is 4 bytes of weights in every precision: one f32, two bf16 or four s8, so the loops over words are the same.
#include "compiler/kernel/generate/RecurrentWeights.h"

using namespace mlir;

namespace clew::compiler {

constexpr int64_t wordBytes = RecurrentLayout::wordBytes;
constexpr int64_t unitBlock = RecurrentLayout::unitsOfBlock;

int64_t RecurrentWeights::rowBytes() const {
  return units * (widened() ? int64_t(sizeof(float)) : int64_t(bytesOf(dtype)));
}

void RecurrentWeights::keep(Expr h, Expr words, Expr scale) {
  if (dtype == DType::S8) {
    quantize(h, words, scale);
    return;
  }
  b.loop(b.i64(0), b.i64(units), lanes, [&](Expr unit) {
    Expr value = b.loadF32(b.f32At(h, unit), lanes);
    if (dtype == DType::F32) {
      b.store(value, b.f32At(words, unit));
    } else if (widened()) {
      b.store(b.fromBf16(b.toBf16(value)), b.f32At(words, unit));
    } else {
      b.store(b.toBf16(value), b.at(words, unit, b.intType(16)));
    }
  });
}

void RecurrentWeights::quantize(Expr h, Expr words, Expr scale) {
  Expr zeros = b.constant(b.vectorOf(b.intType(32), lanes), 0);
  Expr bits = b.loop(b.i64(0), b.i64(units), lanes, {zeros}, [&](Expr unit, ArrayRef<Expr> most) {
    return Exprs{b.max(b.absBits(b.loadF32(b.f32At(h, unit), lanes)), most[0])};
  })[0];
  Expr largest = b.bitcast(b.reduceMax(bits), b.f32Type());
  b.store(largest / 127.0, scale);
  // Rows of zeros, and rows so small that 127 / largest overflows, become zeros.
  Expr factor = b.splat(b.select(largest > 1e-30, 127.0 / largest, b.f32(0)), lanes);
  b.loop(b.i64(0), b.i64(units), lanes, [&](Expr unit) {
    Expr q = b.toI32(b.loadF32(b.f32At(h, unit), lanes) * factor) + 128;
    b.store(b.convertInt(q, 8), b.bytesAt(words, unit));
  });
}

/// The k of one group, repeated to vectors: one word, or two f32.
Exprs RecurrentWeights::wordsAt(Expr row, Expr group) {
  auto repeated = [&](Expr at, Type type) { return b.splat(b.load(at, type), lanes); };
  if (widened()) {
    return {repeated(b.f32At(row, group * 2), b.f32Type()), repeated(b.f32At(row, group * 2 + 1), b.f32Type())};
  }
  return {repeated(b.bytesAt(row, group * double(wordBytes)), dtype == DType::F32 ? b.f32Type() : b.intType(32))};
}

Expr RecurrentWeights::accumulate(Expr weight, ArrayRef<Expr> h, Expr sum) {
  if (dtype == DType::F32) {
    return b.fma(weight, h[0], sum);
  }
  if (dtype == DType::S8) {
    return b.dotU8S8(h[0], weight, sum);
  }
  return widened() ? b.fma(b.highBf16(weight), h[1], b.fma(b.lowBf16(weight), h[0], sum))
                   : b.dotBf16(weight, h[0], sum);
}

int64_t RecurrentWeights::groups() const { return layout.groups(); }

void RecurrentWeights::multiply(Expr weights, ArrayRef<Expr> rows, Expr vector, int64_t width, const Part &part,
                                llvm::function_ref<Expr(int64_t, int64_t)> sumsAt) {
  const int64_t gates = part.gates;
  int64_t groupBytes = layout.groupBytes();
  int64_t parts = unitBlock / lanes;
  Type weightType = b.vectorOf(dtype == DType::F32 ? b.f32Type() : b.intType(32), lanes);
  Type sumsType = b.vectorOf(sumType(), lanes);
  Exprs bases;
  for (int64_t v = 0; v < width; ++v) {
    Expr block = b.wholes(vector + double(v), parts);
    Expr lane = (vector + double(v) - block * double(parts)) * double(lanes);
    bases.push_back(b.bytesAt(weights, block * double(groups() * groupBytes) + lane * double(wordBytes)));
  }
  Exprs places, initial;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (int64_t i = 0; i < width * gates; ++i) {
      places.push_back(b.f32At(sumsAt(int64_t(row), i / gates), b.i64(i % gates * lanes)));
      initial.push_back(part.resume ? b.load(places.back(), sumsType) : b.constant(sumsType, 0));
    }
  }
  Exprs sums = b.loop(part.begin, part.end, 1, initial, [&](Expr group, ArrayRef<Expr> carried) {
    Exprs loaded, next;
    for (Expr base : bases) {
      for (int64_t gate = 0; gate < gates; ++gate) {
        Expr at = group * double(groupBytes) + double((part.firstGate + gate) * unitBlock * wordBytes);
        loaded.push_back(b.load(b.bytesAt(base, at), weightType));
      }
    }
    for (Expr row : rows) {
      Exprs h = wordsAt(row, group);
      for (Expr weight : loaded) {
        next.push_back(accumulate(weight, h, carried[next.size()]));
      }
    }
    return next;
  });
  for (auto [sum, place] : llvm::zip(sums, places)) {
    b.store(sum, place);
  }
}

Expr RecurrentWeights::dequantize(Expr sum, Expr columnScales, Expr columnSums, Expr rowScale, Expr mask) {
  Expr scales = b.load(columnScales, b.vectorOf(b.f32Type(), lanes), mask);
  Expr shift = b.load(columnSums, b.vectorOf(b.intType(32), lanes), mask);
  return b.toF32(sum - shift * 128) * (scales * rowScale);
}

} // namespace clew::compiler
