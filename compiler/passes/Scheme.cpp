// See Scheme.h. Names are those of runtime/base/DType.h.
#include "compiler/passes/Scheme.h"

#include "compiler/nn/Kept.h"

#include "mlir/IR/TypeUtilities.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

/// The products of one kind of op, by the element type of what they multiply.
struct Products {
  int f32 = 0;
  int bf16 = 0;
  int s8 = 0;

  void note(Type element) { (element.isBF16() ? bf16 : element.isInteger(8) ? s8 : f32) += 1; }
};

void say(std::string &text, const std::string &part) { text += (text.empty() ? "" : "; ") + part; }

} // namespace

std::string schemeOf(ModuleOp module, bool roundedWeights) {
  Products linear, kept, attention, recurrence;
  module.walk([&](Operation *op) {
    if (auto one = dyn_cast<nn::LinearOp>(op)) {
      const Type element = getElementTypeOrSelf(one.getX());
      (element.isF32() && nn::keptType(one.getWeight()) ? kept : linear).note(element);
    } else if (auto one = dyn_cast<nn::AttentionOp>(op)) {
      attention.note(getElementTypeOrSelf(one.getQ()));
    } else if (auto one = dyn_cast<nn::RecurrenceOp>(op)) {
      recurrence.note(getElementTypeOrSelf(one.getWeightHh()));
    }
  });
  std::string text;
  if (linear.bf16 > 0) {
    say(text, "linear bf16, sums f32");
  }
  if (linear.s8 > 0) {
    say(text, "linear s8 (weights per output channel, activations dynamic per token), sums i32");
  }
  if (attention.bf16 > 0) {
    say(text, roundedWeights ? "attention bf16, the softmax's weights too, sums and softmax f32"
                             : "attention bf16, sums and softmax f32");
  }
  if (recurrence.bf16 > 0) {
    say(text, "recurrence bf16, sums and cells f32");
  }
  if (recurrence.s8 > 0) {
    say(text, "recurrence s8 (weights per output channel, states dynamic per sequence), sums i32, cells f32");
  }
  if (text.empty()) {
    return "f32";
  }
  for (auto [name, products] :
       {std::pair{"heads", linear}, {"kept linear", kept}, {"attention", attention}, {"recurrence", recurrence}}) {
    if (products.f32 > 0) {
      say(text, fmt::format("{} f32", name));
    }
  }
  return text + "; all else f32";
}

} // namespace clew::compiler
