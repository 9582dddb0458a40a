// LoopBuilder: writes generated kernels. Expressions over scalars and vectors of any number of lanes, loads and stores at
// computed addresses, loops and branches; what comes out are MLIR operations that emit/ObjectCode compiles.
// It exists so that a generator reads like the loop it makes.
//
// Floating point is exactly what is written: no reassociation, no contraction (say fma), NaN and infinities kept. The same
// row through the same expressions has the same bits, however many rows are beside it.
#pragma once

#include "compiler/target/TargetCpu.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>

namespace clew::compiler {

class LoopBuilder;

/// A scalar (f32, i64, i32, i16, i8, i1), a vector of one of these, or a pointer, in the function being built. Copied
/// freely; refers to its builder. Arithmetic is element-wise; a scalar beside a vector is repeated, a number takes the
/// other side's type. Integers divide and compare as signed.
struct Expr {
  LoopBuilder *builder = nullptr;
  mlir::Value value;

  mlir::Type type() const { return value.getType(); }
  explicit operator bool() const { return bool(value); }
};

Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator+(Expr a, double b);
Expr operator-(Expr a, double b);
Expr operator*(Expr a, double b);
Expr operator/(Expr a, double b);
Expr operator-(double a, Expr b);
Expr operator/(double a, Expr b);
Expr operator<(Expr a, Expr b);
Expr operator<(Expr a, double b);
Expr operator>(Expr a, Expr b);
Expr operator>(Expr a, double b);
Expr operator==(Expr a, Expr b);
Expr operator==(Expr a, double b);

using Exprs = llvm::SmallVector<Expr>;

class LoopBuilder {
public:
  /// Appends functions to `module`, whose context must hold registerCodeDialects. Both must outlive the builder.
  LoopBuilder(mlir::ModuleOp module, const TargetCpu &cpu);

  const TargetCpu &cpu() const { return target; }
  /// For operations that the builder has no word for; its insertion point is the builder's.
  mlir::ImplicitLocOpBuilder &ops() { return builder; }
  Expr wrap(mlir::Value value) { return {this, value}; }

  /// The kernel `void symbol(void *const *operands, i64 begin, i64 end, void *scratch)`; the body gets `operandCount` base
  /// pointers, loaded once, and may emit anything but a return.
  using Body = llvm::function_ref<void(llvm::ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch)>;
  mlir::func::FuncOp kernel(llvm::StringRef symbol, int64_t operandCount, Body body);

  // Types and constants.
  mlir::Type f32Type() { return builder.getF32Type(); }
  mlir::Type intType(unsigned bits) { return builder.getIntegerType(bits); }
  static mlir::Type vectorOf(mlir::Type element, int64_t lanes); ///< one lane is the element itself
  Expr constant(mlir::Type type, double value); ///< of a scalar or of all lanes; integers must be whole
  Expr i64(int64_t value) { return constant(intType(64), double(value)); }
  Expr f32(double value, int64_t lanes = 1) { return constant(vectorOf(f32Type(), lanes), value); }
  Expr laneNumbers(int64_t lanes);            ///< i32: 0, 1, 2, ...
  Expr splat(Expr scalar, int64_t lanes);     ///< repeats it
  Expr firstLanes(Expr count, int64_t lanes); ///< i1: lane < count, count i64
  Expr slice(Expr vector, int64_t at, int64_t lanes);
  Expr join(Expr low, Expr high); ///< of two vectors with as many lanes each
  Expr lane(Expr vector, int64_t at);

  // Memory. Addresses are bytes; nothing is assumed aligned beyond an element.
  Expr bytesAt(Expr pointer, Expr bytes);                ///< pointer + bytes
  Expr at(Expr pointer, Expr index, mlir::Type element); ///< &pointer[index]
  Expr f32At(Expr pointer, Expr index) { return at(pointer, index, f32Type()); }
  Expr load(Expr pointer, mlir::Type type);                ///< scalar or vector
  Expr load(Expr pointer, mlir::Type type, int64_t count); ///< the first `count` lanes; the others 0, and not touched
  Expr load(Expr pointer, mlir::Type type, Expr mask);     ///< the lanes of an i1 vector; the others 0, and not touched
  Expr loadF32(Expr pointer, int64_t lanes) { return load(pointer, vectorOf(f32Type(), lanes)); }
  Expr loadIndex(Expr pointer, Expr index); ///< the i32 pointer[index] as i64
  void store(Expr value, Expr pointer);
  void store(Expr value, Expr pointer, int64_t count); ///< the first `count` lanes
  void store(Expr value, Expr pointer, Expr mask);
  void prefetch(Expr pointer, int64_t level = 1); ///< into L1 or L2, for reading; any address will do

  // Control. Bodies return what the loop carries on.
  using LoopBody = llvm::function_ref<Exprs(Expr index, llvm::ArrayRef<Expr> carried)>;
  Exprs loop(Expr begin, Expr end, int64_t step, llvm::ArrayRef<Expr> initial, LoopBody body);
  void loop(Expr begin, Expr end, int64_t step, llvm::function_ref<void(Expr index)> body);
  void ifThen(Expr condition, llvm::function_ref<void()> body);
  void ifElse(Expr condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise);
  Exprs choose(Expr condition, llvm::function_ref<Exprs()> then, llvm::function_ref<Exprs()> otherwise);
  Expr select(Expr condition, Expr a, Expr b);

  // Integers.
  Expr min(Expr a, Expr b); ///< floats: b if one is NaN
  Expr max(Expr a, Expr b);
  Expr both(Expr a, Expr b); ///< bitwise and
  Expr shiftLeft(Expr a, int64_t by);
  Expr shiftRight(Expr a, int64_t by); ///< unsigned
  Expr shiftRightSigned(Expr a, int64_t by);
  Expr roundUp(Expr a, int64_t to);         ///< to a multiple of a power of two; a >= 0
  Expr wholes(Expr a, int64_t of);          ///< a / of, rounded down; a >= 0
  Expr convertInt(Expr a, unsigned bits);   ///< sign extends or cuts off
  Expr bitcast(Expr a, mlir::Type element); ///< lanes change with the element's size

  // Floats.
  Expr fma(Expr a, Expr b, Expr c); ///< a * b + c, rounded once
  Expr abs(Expr a);
  Expr sqrt(Expr a);
  Expr rsqrt(Expr a) { return 1.0 / sqrt(a); }
  Expr exp(Expr a);                   ///< relative error < 3e-7; 0 below -87.3, inf above 88.7
  Expr exp2OfNegative(Expr a);        ///< 2^a for a <= 0, relative error < 2e-7; at most 2^-126 below -126
  Expr exp2OfNegativeRoughly(Expr a); ///< the same with an error < 2e-4, for what is rounded to bf16
  /// a Phi(a), arXiv:1606.08415, without a division: error < 2e-7 max(1, a), relative < 6e-7 for |a| < 0.5
  Expr gelu(Expr a);
  Expr erf(Expr a);            ///< relative error < 4e-7
  Expr tanh(Expr a);           ///< relative error < 4e-7
  Expr sigmoid(Expr a);        ///< relative error < 4e-7 from -87 on; 1.6e-38 below
  Expr reduceAdd(Expr vector); ///< a tree: halves onto each other
  Expr reduceMax(Expr vector); ///< f32 (see max) or integers
  /// |x|'s bits as i32: their integer order is the floats', NaN above all, so that max() over them keeps NaN.
  Expr absBits(Expr x);

  // Conversions. bf16 values are kept as i16 lanes.
  Expr toF32(Expr integers);
  Expr toI32(Expr f32s);  ///< rounds half to even; |x| < 2^31
  Expr toBf16(Expr f32s); ///< rounds half to even, NaN stays NaN
  Expr fromBf16(Expr i16s);
  Expr lowBf16(Expr words);  ///< of i32 words that hold two bf16, the lower as f32
  Expr highBf16(Expr words); ///< the upper

  // Products of packed words: i32 lanes that hold two bf16 or four bytes, lowest first.
  Expr dotBf16(Expr a, Expr b, Expr sum); ///< f32 sum + a.lo b.lo + a.hi b.hi
  Expr dotU8S8(Expr a, Expr b, Expr sum); ///< i32 sum + four products of unsigned a and signed b, exact

private:
  mlir::ImplicitLocOpBuilder builder;
  mlir::ModuleOp module;
  const TargetCpu &target;

  Expr expWithin(Expr a);
  Expr exp2Within(Expr a, llvm::ArrayRef<double> symmetric, llvm::ArrayRef<double> upper);
  Expr inPieces(llvm::ArrayRef<Expr> operands, int64_t lanes, llvm::function_ref<Expr(llvm::ArrayRef<Expr>)> one);
  Expr intrinsic(llvm::StringRef name, mlir::Type type, llvm::ArrayRef<Expr> arguments);
};

} // namespace clew::compiler
