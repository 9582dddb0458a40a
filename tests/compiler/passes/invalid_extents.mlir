// What the rows of a value run over is known or an error, never guessed.
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-form-rows
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-plan-buffers
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-precision=type=bf16

func.func @foreign_op(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{does not say what its rows run over}}
  %y = math.sin %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
