// What the rows of a value run over is known or an error, never guessed.
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-form-rows
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-plan-buffers
// RUN: clew-opt %s --split-input-file --verify-diagnostics --clew-precision=type=bf16

// expected-error @+1 {{takes 'tensor<?x8xf32>', which does not say what its rows run over}}
func.func @no_level(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}

// -----

func.func @foreign_op(%x: tensor<4x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{gives 'tensor<?x8xf32>', which does not say what its rows run over}}
  %y = builtin.unrealized_conversion_cast %x : tensor<4x8xf32> to tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
