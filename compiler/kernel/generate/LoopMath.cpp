// Arithmetic, conversions and packed products of LoopBuilder.
#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/base/NormalTail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <algorithm>
#include <cassert>
#include <utility>

using namespace mlir;

namespace clew::compiler {
namespace {

int64_t lanesOf(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

bool isFloat(Expr a) { return isa<FloatType>(getElementTypeOrSelf(a.type())); }

/// Gives both as many lanes.
std::pair<Expr, Expr> matched(Expr a, Expr b) {
  int64_t lanes = std::max(lanesOf(a.type()), lanesOf(b.type()));
  a = lanesOf(a.type()) < lanes ? a.builder->splat(a, lanes) : a;
  b = lanesOf(b.type()) < lanes ? b.builder->splat(b, lanes) : b;
  assert(a.type() == b.type() && "operands of different types");
  return {a, b};
}

template <typename FloatOp, typename IntOp> Expr binary(Expr x, Expr y) {
  auto [a, b] = matched(x, y);
  auto &ops = a.builder->ops();
  return a.builder->wrap(isFloat(a) ? Value(FloatOp::create(ops, a.value, b.value))
                                    : Value(IntOp::create(ops, a.value, b.value)));
}

Expr compare(Expr x, Expr y, arith::CmpFPredicate floats, arith::CmpIPredicate integers) {
  auto [a, b] = matched(x, y);
  auto &ops = a.builder->ops();
  return a.builder->wrap(isFloat(a) ? Value(arith::CmpFOp::create(ops, floats, a.value, b.value))
                                    : Value(arith::CmpIOp::create(ops, integers, a.value, b.value)));
}

Expr like(Expr a, double value) { return a.builder->constant(a.type(), value); }

} // namespace

Expr operator+(Expr a, Expr b) { return binary<arith::AddFOp, arith::AddIOp>(a, b); }
Expr operator-(Expr a, Expr b) { return binary<arith::SubFOp, arith::SubIOp>(a, b); }
Expr operator*(Expr a, Expr b) { return binary<arith::MulFOp, arith::MulIOp>(a, b); }
Expr operator/(Expr a, Expr b) { return binary<arith::DivFOp, arith::DivSIOp>(a, b); }
Expr operator+(Expr a, double b) { return a + like(a, b); }
Expr operator-(Expr a, double b) { return a - like(a, b); }
Expr operator*(Expr a, double b) { return a * like(a, b); }
Expr operator/(Expr a, double b) { return a / like(a, b); }
Expr operator-(double a, Expr b) { return like(b, a) - b; }
Expr operator/(double a, Expr b) { return like(b, a) / b; }
Expr operator<(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt); }
Expr operator<(Expr a, double b) { return a < like(a, b); }
Expr operator>(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt); }
Expr operator>(Expr a, double b) { return a > like(a, b); }
Expr operator==(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq); }
Expr operator==(Expr a, double b) { return a == like(a, b); }

// A compare and a select are one vminps or vmaxps, which return their second operand when one is NaN.
Expr LoopBuilder::min(Expr a, Expr b) { return select(a < b, a, b); }
Expr LoopBuilder::max(Expr a, Expr b) { return select(a > b, a, b); }

Expr LoopBuilder::both(Expr a, Expr b) {
  auto [x, y] = matched(a, b);
  return wrap(arith::AndIOp::create(builder, x.value, y.value));
}

Expr LoopBuilder::shiftLeft(Expr a, int64_t by) {
  return wrap(arith::ShLIOp::create(builder, a.value, like(a, double(by)).value));
}

Expr LoopBuilder::shiftRight(Expr a, int64_t by) {
  return wrap(arith::ShRUIOp::create(builder, a.value, like(a, double(by)).value));
}

Expr LoopBuilder::shiftRightSigned(Expr a, int64_t by) {
  return wrap(arith::ShRSIOp::create(builder, a.value, like(a, double(by)).value));
}

Expr LoopBuilder::roundUp(Expr a, int64_t to) { return both(a + double(to - 1), like(a, double(-to))); }

Expr LoopBuilder::wholes(Expr a, int64_t of) {
  return wrap(arith::DivUIOp::create(builder, a.value, like(a, double(of)).value));
}

Expr LoopBuilder::convertInt(Expr a, unsigned bits) {
  unsigned from = getElementTypeOrSelf(a.type()).getIntOrFloatBitWidth();
  Type type = vectorOf(intType(bits), lanesOf(a.type()));
  if (from == bits) {
    return a;
  }
  return wrap(from < bits ? Value(arith::ExtSIOp::create(builder, type, a.value))
                          : Value(arith::TruncIOp::create(builder, type, a.value)));
}

Expr LoopBuilder::bitcast(Expr a, Type element) {
  int64_t bits = lanesOf(a.type()) * getElementTypeOrSelf(a.type()).getIntOrFloatBitWidth();
  Type type = vectorOf(element, bits / element.getIntOrFloatBitWidth());
  if (isa<VectorType>(a.type()) != isa<VectorType>(type)) {
    return wrap(LLVM::BitcastOp::create(builder, type, a.value));
  }
  return wrap(isa<VectorType>(type) ? Value(vector::BitCastOp::create(builder, type, a.value))
                                    : Value(arith::BitcastOp::create(builder, type, a.value)));
}

Expr LoopBuilder::fma(Expr a, Expr b, Expr c) {
  int64_t lanes = std::max({lanesOf(a.type()), lanesOf(b.type()), lanesOf(c.type())});
  auto wide = [&](Expr x) { return lanesOf(x.type()) < lanes ? splat(x, lanes).value : x.value; };
  return wrap(math::FmaOp::create(builder, wide(a), wide(b), wide(c)));
}

Expr LoopBuilder::abs(Expr a) { return wrap(math::AbsFOp::create(builder, a.value)); }
Expr LoopBuilder::sqrt(Expr a) { return wrap(math::SqrtOp::create(builder, a.value)); }
Expr LoopBuilder::exp(Expr a) { return wrap(math::ExpOp::create(builder, a.value)); }
Expr LoopBuilder::erf(Expr a) { return wrap(math::ErfOp::create(builder, a.value)); }
Expr LoopBuilder::tanh(Expr a) { return wrap(math::TanhOp::create(builder, a.value)); }

/// p(x) by Horner's rule, the highest power first.
static Expr polynomial(Expr x, ArrayRef<double> coefficients) {
  Expr sum = like(x, coefficients.front());
  for (double c : coefficients.drop_front()) {
    sum = x.builder->fma(sum, x, like(x, c));
  }
  return sum;
}

/// e^a for -87 <= a <= 88; of NaN and beyond the range it gives anything.
Expr LoopBuilder::expWithin(Expr a) {
  // 2^n e^r with n = round(a / ln 2), |r| <= ln 2 / 2; e^r by the polynomial of degree 6 with the smallest relative error,
  // 2e-9. Adding 1.5 * 2^23 leaves n in the low bits of the sum; shifted into the exponent's place it is added to e^r.
  constexpr double magic = 12582912.0;
  constexpr double coefficients[] = {1.3836835602094851e-3,
                                     8.3748240564733758e-3,
                                     4.1668226191845271e-2,
                                     0.16666420072032706,
                                     0.49999992075077665,
                                     1.0000000363447401,
                                     1.0};
  Expr shifted = fma(a, like(a, 1.4426950408889634), like(a, magic));
  Expr n = shifted - magic;
  Expr r = fma(n, like(a, -0.693145751953125), a); // ln 2 in two parts, the first exact times n
  r = fma(n, like(a, -1.428606765330187e-6), r);
  Expr p = polynomial(r, coefficients);
  return bitcast(bitcast(p, intType(32)) + shiftLeft(bitcast(shifted, intType(32)), 23), f32Type());
}

/// `symmetric` and `upper`: polynomials for 2^r on [-1/2, 1/2] and [0, 1], 1 at 0.
Expr LoopBuilder::exp2Within(Expr a, ArrayRef<double> symmetric, ArrayRef<double> upper) {
  if (target.lanes == 16 && lanesOf(a.type()) % 16 == 0) {
    // 2^floor(a) 2^r with r = a - floor(a): one instruction each (vreduceps, vscalefps), which know NaN and infinities.
    Type word = builder.getI32Type();
    auto same = constant(word, 4), all = constant(builder.getIntegerType(16), -1);
    return inPieces({a}, 16, [&](ArrayRef<Expr> piece) {
      Expr x = piece[0];
      Expr r = intrinsic("llvm.x86.avx512.mask.reduce.ps.512", x.type(), {x, constant(word, 9), x, all, same});
      Expr power = polynomial(r, upper);
      return intrinsic("llvm.x86.avx512.mask.scalef.ps.512", x.type(), {power, x, power, all, same});
    });
  }
  // 2^n 2^r with n = round(a), |r| <= 1/2. The low bits of the sum with 1.5 * 2^23 + 127 are n + 127, which shifted into the
  // exponent's place is 2^n. A NaN stays in the polynomial.
  constexpr double magic = 12582912.0 + 127.0;
  Expr bounded = max(like(a, -126.0), a);
  Expr shifted = bounded + magic;
  Expr power = bitcast(shiftLeft(bitcast(shifted, intType(32)), 23), f32Type());
  return polynomial(bounded - (shifted - magic), symmetric) * power;
}

// The polynomials of degree 5 and 3 with the smallest relative errors: 9e-8 and 1e-4.
Expr LoopBuilder::exp2OfNegative(Expr a) {
  return exp2Within(a,
                    {1.3264722039834133e-3, 9.671512997052956e-3, 5.5507337604105471e-2, 0.24022242077583542,
                     0.69314697758720067, 1.0},
                    {1.8671300703930426e-3, 9.0170303209944896e-3, 5.5799913105177163e-2, 0.24016445015450391,
                     0.69315131180468006, 1.0});
}

Expr LoopBuilder::exp2OfNegativeRoughly(Expr a) {
  return exp2Within(a, {5.500893111900274e-2, 0.24221095927623721, 0.69328292709845068, 1.0},
                    {7.7067041997060448e-2, 0.22764499119624187, 0.69511678641759601, 1.0});
}

Expr LoopBuilder::gelu(Expr a) {
  // relu(a) - |a| q(|a|) with the normal tail q. The product vanishes beyond its end.
  Expr x = min(like(a, kNormalTailEnd), abs(a));
  Expr q = polynomial(fma(x, like(a, 2 / kNormalTailEnd), like(a, -1.0)), kNormalTail);
  return fma(x * -1.0, q, max(like(a, 0.0), a));
}

Expr LoopBuilder::sigmoid(Expr a) {
  Expr bounded = max(min(a * -1.0, like(a, 87.0)), like(a, -87.0));
  return select(a == a, 1.0 / (expWithin(bounded) + 1.0), a);
}

Expr LoopBuilder::reduceAdd(Expr v) {
  for (int64_t lanes = lanesOf(v.type()) / 2; lanes >= 1; lanes /= 2) {
    v = slice(v, 0, lanes) + slice(v, lanes, lanes);
  }
  return v;
}

Expr LoopBuilder::reduceMax(Expr v) {
  for (int64_t lanes = lanesOf(v.type()) / 2; lanes >= 1; lanes /= 2) {
    v = max(slice(v, 0, lanes), slice(v, lanes, lanes));
  }
  return v;
}

Expr LoopBuilder::absBits(Expr x) {
  Expr bits = bitcast(x, intType(32));
  return both(bits, like(bits, 0x7fffffff));
}

Expr LoopBuilder::toF32(Expr a) {
  return wrap(arith::SIToFPOp::create(builder, vectorOf(f32Type(), lanesOf(a.type())), a.value));
}

Expr LoopBuilder::toI32(Expr a) {
  Value rounded = math::RoundEvenOp::create(builder, a.value);
  return wrap(arith::FPToSIOp::create(builder, vectorOf(intType(32), lanesOf(a.type())), rounded));
}

Expr LoopBuilder::inPieces(ArrayRef<Expr> operands, int64_t lanes, llvm::function_ref<Expr(ArrayRef<Expr>)> one) {
  int64_t all = lanesOf(operands[0].type());
  if (all <= lanes) {
    return one(operands);
  }
  Exprs low, high;
  for (Expr operand : operands) {
    int64_t half = lanesOf(operand.type()) / 2;
    low.push_back(slice(operand, 0, half));
    high.push_back(slice(operand, half, half));
  }
  Expr first = inPieces(low, lanes, one);
  return join(first, inPieces(high, lanes, one));
}

Expr LoopBuilder::intrinsic(StringRef name, Type type, ArrayRef<Expr> arguments) {
  SmallVector<Value> values;
  for (Expr argument : arguments) {
    values.push_back(argument.value);
  }
  return wrap(LLVM::CallIntrinsicOp::create(builder, type, builder.getStringAttr(name), values).getResult(0));
}

Expr LoopBuilder::toBf16(Expr a) {
  int64_t lanes = lanesOf(a.type());
  if (target.bf16Dot && lanes % 16 == 0) {
    return inPieces({a}, 16, [&](ArrayRef<Expr> piece) {
      Type type = vectorOf(builder.getBF16Type(), 16);
      return bitcast(intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", type, piece), intType(16));
    });
  }
  Expr word = bitcast(a, intType(32));
  Expr one = like(word, 1);
  Expr rounded = word + both(shiftRight(word, 16), one) + 0x7fff;
  Expr quiet = like(word, 0x7fc00000);
  return convertInt(shiftRight(select(a == a, rounded, quiet), 16), 16);
}

Expr LoopBuilder::fromBf16(Expr a) {
  Type wide = vectorOf(intType(32), lanesOf(a.type()));
  Expr word = wrap(arith::ExtUIOp::create(builder, wide, a.value));
  return bitcast(shiftLeft(word, 16), f32Type());
}

Expr LoopBuilder::lowBf16(Expr words) { return bitcast(shiftLeft(words, 16), f32Type()); }

Expr LoopBuilder::highBf16(Expr words) {
  return bitcast(both(words, like(words, double(int32_t(0xffff0000)))), f32Type());
}

Expr LoopBuilder::dotBf16(Expr x, Expr y, Expr sum) {
  auto [a, b] = matched(x, y);
  if (target.bf16DotFast && lanesOf(a.type()) % 16 == 0) {
    return inPieces({sum, a, b}, 16, [&](ArrayRef<Expr> piece) {
      Type bf16 = builder.getBF16Type();
      return intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", piece[0].type(),
                       {piece[0], bitcast(piece[1], bf16), bitcast(piece[2], bf16)});
    });
  }
  return fma(highBf16(a), highBf16(b), fma(lowBf16(a), lowBf16(b), sum));
}

Expr LoopBuilder::dotU8S8(Expr x, Expr y, Expr sum) {
  auto [a, b] = matched(x, y);
  if (target.int8Dot && lanesOf(a.type()) % 16 == 0) {
    return inPieces({sum, a, b}, 16, [&](ArrayRef<Expr> piece) {
      return intrinsic("llvm.x86.avx512.vpdpbusd.512", piece[0].type(),
                       {piece[0], bitcast(piece[1], intType(8)), bitcast(piece[2], intType(8))});
    });
  }
  // Bytes 0, 2 and 1, 3 as 16-bit lanes, whose products are added in pairs: exact, unlike vpmaddubsw, which saturates.
  return inPieces({sum, a, b}, 8, [&](ArrayRef<Expr> piece) {
    Expr left = bitcast(piece[1], intType(16));
    Expr right = bitcast(piece[2], intType(16));
    auto signedShift = [&](Expr v) { return shiftRightSigned(v, 8); };
    auto pairs = [&](Expr u, Expr s) { return intrinsic("llvm.x86.avx2.pmadd.wd", piece[0].type(), {u, s}); };
    Expr even = pairs(both(left, like(left, 255)), signedShift(shiftLeft(right, 8)));
    return piece[0] + even + pairs(shiftRight(left, 8), signedShift(right));
  });
}

} // namespace clew::compiler
