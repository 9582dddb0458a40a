// RUN: clew-opt %s --clew-form-chains | FileCheck %s

// Products and loops over the same rows run block by block; attention ends the chain, and so does a change of rows.
// CHECK-LABEL: func.func @main
// CHECK: %[[C:.*]] = kernel.chain(%arg0) : (tensor<?x8xf32>) -> tensor<?x24xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?x8xf32>):
// CHECK: %[[R:.*]] = kernel.rows(%[[A]])
// CHECK: %[[G:.*]] = kernel.gemm %[[R]], @w
// CHECK: kernel.yield %[[G]]
// CHECK: %[[Y:.*]] = kernel.attention %[[C]][0], %[[C]][8], %[[C]][16], %arg1
// CHECK: kernel.chain(%[[Y]], %arg1) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
kernel.constant @w matmul ["w"] : tensor<24x8xf32>
func.func @main(%x: tensor<?x8xf32>, %o: tensor<?xi32> {nn.input = "offsets"}) -> tensor<?x8xf32> {
  %r = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x8xf32>):
    %g = nn.gelu %a : tensor<?x8xf32>
    kernel.yield %g : tensor<?x8xf32>
  }
  %q = kernel.gemm %r, @w : tensor<?x8xf32> -> tensor<?x24xf32>
  %y = kernel.attention %q[0], %q[8], %q[16], %o {heads = 2 : i64, key_size = 4 : i64, scale = 5.0e-01 : f64} : (tensor<?x24xf32>, tensor<?x24xf32>, tensor<?x24xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  %f = kernel.rows(%y, %o) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x8xf32>, %b: tensor<?xi32>):
    %1 = nn.first %a, %b : tensor<?x8xf32>
    kernel.yield %1 : tensor<?x8xf32>
  }
  return %f : tensor<?x8xf32>
}

// A loop that reads other rows than its own begins a chain.
// CHECK-LABEL: @pooled
// CHECK: kernel.chain
// CHECK: nn.tanh
// CHECK: kernel.yield
// CHECK: kernel.chain
// CHECK: nn.mean
func.func @pooled(%x: tensor<?x8xf32>, %o: tensor<?xi32> {nn.input = "offsets"}) -> tensor<?x8xf32> {
  %t = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x8xf32>):
    %1 = nn.tanh %a : tensor<?x8xf32>
    kernel.yield %1 : tensor<?x8xf32>
  }
  %y = kernel.rows(%t, %o) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x8xf32>, %b: tensor<?xi32>):
    %1 = nn.mean %a, %b : tensor<?x8xf32>
    kernel.yield %1 : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
