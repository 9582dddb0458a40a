// RUN: clew-opt %s --split-input-file --verify-diagnostics

func.func @main() -> tensor<8xf32> {
  // expected-error @+1 {{unknown constant @missing}}
  %0 = kernel.use @missing : tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

kernel.constant @c plain ["p"] : tensor<8xf32>
func.func @main() -> tensor<4xf32> {
  // expected-error @+1 {{reads 'tensor<4xf32>' but @c is 'tensor<8xf32>'}}
  %0 = kernel.use @c : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

#tokens = #nn.of<"tokens">
kernel.constant @w matmul ["p"] : tensor<4x8xf32>
func.func @main(%x: tensor<?x6xf32, #tokens>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+1 {{does not take}}
  %0 = kernel.gemm %x, @w : tensor<?x6xf32, #tokens> -> tensor<?x4xf32, #tokens>
  return %0 : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
kernel.constant @w matmul ["p"] : tensor<4x8xi8>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+1 {{no product of}}
  %0 = kernel.gemm %x, @w : tensor<?x8xf32, #tokens> -> tensor<?x4xf32, #tokens>
  return %0 : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
kernel.constant @w plain ["p"] : tensor<4x8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+1 {{@w is no matmul constant}}
  %0 = kernel.gemm %x, @w : tensor<?x8xf32, #tokens> -> tensor<?x4xf32, #tokens>
  return %0 : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @main(%x: tensor<?x24xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{8 columns do not divide into 3 heads}}
  %0 = kernel.attention %x[0], %x[8], %x[16], %o {heads = 3 : i64, key_size = 2 : i64, scale = 1.0 : f64} : (tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens>
  return %0 : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @main(%x: tensor<?x24xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{columns of q, k or v lie outside their operand}}
  %0 = kernel.attention %x[0], %x[8], %x[17], %o {heads = 2 : i64, key_size = 4 : i64, scale = 1.0 : f64} : (tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens>
  return %0 : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @main(%x: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> tensor<?x2xf32, #tokens> {
  // expected-error @+1 {{gates at column 1 lie outside the operand}}
  %0 = kernel.recurrence %x, %o, [@w] {hidden = 2 : i64, gates_at = array<i64: 1>, reverse = array<i1: false>} : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x2xf32, #tokens>
  return %0 : tensor<?x2xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{body arguments do not match the operands}}
  %0 = kernel.rows(%x) : (tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x4xf32, #tokens>):
    kernel.yield %a : tensor<?x4xf32, #tokens>
  }
  return %0 : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @main(%x: tensor<?x8xf32, #tokens>, %y: tensor<?x4xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{yielded values do not match the results}}
  %0 = kernel.chain(%y) : (tensor<?x4xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x4xf32, #tokens>):
    kernel.yield %a : tensor<?x4xf32, #tokens>
  }
  return %0 : tensor<?x8xf32, #tokens>
}
