// RUN: clew-opt %s --clew-form-chains | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Products and loops over the same rows run block by block; attention ends the chain, and so does a change of rows.
// CHECK-LABEL: func.func @main
// CHECK: %[[C:.*]] = kernel.chain(%arg0) : (tensor<?x8xf32, #tokens>) -> tensor<?x24xf32, #tokens> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?x8xf32, #tokens>):
// CHECK: %[[R:.*]] = kernel.rows(%[[A]])
// CHECK: %[[G:.*]] = kernel.gemm %[[R]], @w
// CHECK: kernel.yield %[[G]]
// CHECK: %[[Y:.*]] = kernel.attention %[[C]][0], %[[C]][8], %[[C]][16], %arg1
// CHECK: kernel.chain(%[[Y]], %arg1) : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #batch>
kernel.constant @w matmul ["w"] : tensor<24x8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x8xf32, #batch> {
  %r = kernel.rows(%x) : (tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>):
    %g = nn.gelu %a : tensor<?x8xf32, #tokens>
    kernel.yield %g : tensor<?x8xf32, #tokens>
  }
  %q = kernel.gemm %r, @w : tensor<?x8xf32, #tokens> -> tensor<?x24xf32, #tokens>
  %y = kernel.attention %q[0], %q[8], %q[16], %o {heads = 2 : i64, key_size = 4 : i64, scale = 5.0e-01 : f64} : (tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens>
  %f = kernel.rows(%y, %o) : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #batch> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<?xi32, #tokens_in_batch>):
    %1 = nn.first %a, %b : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
    kernel.yield %1 : tensor<?x8xf32, #batch>
  }
  return %f : tensor<?x8xf32, #batch>
}

// A loop that reads other rows than its own begins a chain.
// CHECK-LABEL: @pooled
// CHECK: kernel.chain
// CHECK: nn.tanh
// CHECK: kernel.yield
// CHECK: kernel.chain
// CHECK: nn.mean
func.func @pooled(%x: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x8xf32, #batch> {
  %t = kernel.rows(%x) : (tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>):
    %1 = nn.tanh %a : tensor<?x8xf32, #tokens>
    kernel.yield %1 : tensor<?x8xf32, #tokens>
  }
  %y = kernel.rows(%t, %o) : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #batch> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<?xi32, #tokens_in_batch>):
    %1 = nn.mean %a, %b : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
    kernel.yield %1 : tensor<?x8xf32, #batch>
  }
  return %y : tensor<?x8xf32, #batch>
}
