// The compiler's front door: a Model in, a Program out, or any stage on the way as text.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"
#include "zoo/Model.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct CompileOptions {
  Target target = Target::Cpu;
  Precision precision = Precision::F32;
  std::vector<std::string>
      outputs;     ///< names of outputs to compute; empty = hidden, pooled, logits, those that the model has
  std::string cpu; ///< LLVM's CPU name, e.g. x86-64-v3; empty = this host. Of cuda: a chip to make a cubin for, or none
  Execution execution; ///< the cpu target's choices; generated code and Program follow them
};

/// Compiles for every batch and length at once. Errors carry the position in the model's YAML.
Result<Program> compileModel(const Model &model, const CompileOptions &options);

/// Compiles a model with an output "loss" for training (compileTrainingGraph): a run adds the gradients by all parameters but those whose
/// names begin with one of `frozen`, with a dot after it or nothing. Outputs: the loss, and options.outputs.
Result<Program> compileTraining(const Model &model, const CompileOptions &options,
                                const std::vector<std::string> &frozen = {});

/// The same, through the program cache (see ProgramCache.h): a second start compiles nothing.
Result<Program> compileCached(const Model &model, const CompileOptions &options);

/// Text of a stage: nn (as imported), fused (after the graph passes), kernel (with generated loops), llvm, asm, of cuda kernel and ptx,
/// program.
Result<std::string> emitStage(const Model &model, const CompileOptions &options, std::string_view stage);

/// One op application with the shape it makes, for people.
struct NodeSummary {
  std::string op;
  std::string name;
  std::string shape;
  int64_t parameters = 0;
};

struct ModelSummary {
  int64_t parameters = 0; ///< as PyTorch counts them (two biases a gate in an LSTM)
  int64_t flops = 0;      ///< of one sequence of `tokens` tokens, a multiply-add being two
  int64_t tokens = 0;
  std::vector<NodeSummary> nodes;
};

/// Parameters, floating-point operations and shapes.
Result<ModelSummary> summarize(const Model &model, int64_t tokens = 128);

} // namespace clew
