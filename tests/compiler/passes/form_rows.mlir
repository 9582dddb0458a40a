// RUN: clew-opt %s --split-input-file --clew-form-rows | FileCheck %s

#tokens = #nn.of<"tokens">
// Row-wise neighbours become one loop; a product ends it, and what follows the product starts another.
// CHECK-LABEL: func.func @main
// CHECK: kernel.use @g
// CHECK: %[[R:.*]] = kernel.rows(%arg0, %arg1) : (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
// CHECK: nn.add
// CHECK: nn.gelu
// CHECK: kernel.yield
// CHECK: %[[Y:.*]] = kernel.gemm %[[R]], @w
// CHECK: kernel.rows(%[[Y]], %
// CHECK: nn.layer_norm
kernel.constant @w matmul ["w"] : tensor<8x8xf32>
kernel.constant @g plain ["g"] : tensor<8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>, %r: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %s = nn.add %x, %r : tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>
  %t = nn.gelu %s : tensor<?x8xf32, #tokens>
  %y = kernel.gemm %t, @w : tensor<?x8xf32, #tokens> -> tensor<?x8xf32, #tokens>
  %g = kernel.use @g : tensor<8xf32>
  %g2 = kernel.use @g : tensor<8xf32>
  %n = nn.layer_norm %y, %g, %g2 : tensor<?x8xf32, #tokens>
  return %n : tensor<?x8xf32, #tokens>
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// A loop over sequences is not a loop over tokens.
// CHECK-LABEL: func.func @main
// CHECK: %[[T:.*]] = kernel.rows
// CHECK: nn.tanh
// CHECK: %[[F:.*]] = kernel.rows(%[[T]], %arg1)
// CHECK: nn.first
// CHECK: return %[[T]], %[[F]]
func.func @main(%x: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #batch>) {
  %t = nn.tanh %x : tensor<?x8xf32, #tokens>
  %f = nn.first %t, %o : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return %t, %f : tensor<?x8xf32, #tokens>, tensor<?x8xf32, #batch>
}
