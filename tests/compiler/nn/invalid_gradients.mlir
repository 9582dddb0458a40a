// RUN: clew-opt %s --split-input-file --verify-diagnostics

#tokens = #nn.of<"tokens">
nn.parameter @w normal : tensor<4x3xf32>
func.func @other_shape(%x: tensor<?x4xf32, #tokens>) {
  %d = nn.outer_sum %x, %x : (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) -> tensor<4x4xf32>
  // expected-error @+1 {{adds 'tensor<4x4xf32>', but the parameter is 'tensor<4x3xf32>'}}
  nn.accumulate @w, %d : tensor<4x4xf32>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @no_parameter(%x: tensor<?x4xf32, #tokens>) {
  %d = nn.sum_rows %x : (tensor<?x4xf32, #tokens>) -> tensor<4xf32>
  // expected-error @+1 {{unknown parameter @b}}
  nn.accumulate @b, %d : tensor<4xf32>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @no_activation(%x: tensor<?x4xf32, #tokens>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+1 {{there is no activation 'softplus'}}
  %d = nn.derivative "softplus" %x, %x : tensor<?x4xf32, #tokens>
  return %d : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#batch = #nn.of<"batch">
func.func @other_rows(%x: tensor<?x4xf32, #tokens>, %y: tensor<?x4xf32, #batch>) -> tensor<4x4xf32> {
  // expected-error @+2 {{operands must have the same rows}}
  // expected-error @+1 {{failed to infer returned types}}
  %d = nn.outer_sum %x, %y : (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #batch>) -> tensor<4x4xf32>
  return %d : tensor<4x4xf32>
}
