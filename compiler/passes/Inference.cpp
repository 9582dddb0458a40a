// clew-inference: removes what only training needs, so that later passes see what reads what.
#include "compiler/passes/Passes.h"

namespace clew::compiler {
#define GEN_PASS_DEF_INFERENCEPASS
#include "compiler/passes/Passes.h.inc"

namespace {

struct Inference : impl::InferencePassBase<Inference> {
  void runOnOperation() override {
    getOperation().walk([](nn::DropoutOp op) {
      op.getY().replaceAllUsesWith(op.getX());
      op.erase();
    });
  }
};

} // namespace
} // namespace clew::compiler
