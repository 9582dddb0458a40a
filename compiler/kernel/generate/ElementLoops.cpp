// See ElementLoops.h. What each op means stands in runtime/ref, with which conformance compares these.
#include "compiler/kernel/generate/ElementLoops.h"

#include "compiler/nn/NN.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;

namespace clew::compiler {
namespace {

Expr geluTanh(LoopBuilder &b, Expr x, int64_t lanes) {
  Expr half = x * 0.5;
  Expr inner = b.fma(x * x * x, b.f32(0.044715, lanes), x) * std::sqrt(2.0 / M_PI);
  return b.fma(half, b.tanh(inner), half);
}

using Operands = ArrayRef<Expr>;

const llvm::StringMap<ElementLoop> &table() {
  static const llvm::StringMap<ElementLoop> loops = {
      {nn::AddOp::getOperationName(), [](LoopBuilder &, Operands x, int64_t) { return x[0] + x[1]; }},
      {nn::SubtractOp::getOperationName(), [](LoopBuilder &, Operands x, int64_t) { return x[0] - x[1]; }},
      {nn::MultiplyOp::getOperationName(), [](LoopBuilder &, Operands x, int64_t) { return x[0] * x[1]; }},
      {nn::GeluOp::getOperationName(), [](LoopBuilder &b, Operands x, int64_t) { return b.gelu(x[0]); }},
      {nn::GeluTanhOp::getOperationName(),
       [](LoopBuilder &b, Operands x, int64_t lanes) { return geluTanh(b, x[0], lanes); }},
      {nn::TanhOp::getOperationName(), [](LoopBuilder &b, Operands x, int64_t) { return b.tanh(x[0]); }},
      {nn::ReluOp::getOperationName(), // NaN stays
       [](LoopBuilder &b, Operands x, int64_t lanes) { return b.select(x[0] < 0.0, b.f32(0.0, lanes), x[0]); }},
      {nn::SigmoidOp::getOperationName(), [](LoopBuilder &b, Operands x, int64_t) { return b.sigmoid(x[0]); }},
      {nn::SiluOp::getOperationName(), [](LoopBuilder &b, Operands x, int64_t) { return x[0] * b.sigmoid(x[0]); }},
  };
  return loops;
}

} // namespace

ElementLoop elementLoop(OperationName name) { return table().lookup(name.getStringRef()); }

} // namespace clew::compiler
