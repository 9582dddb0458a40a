// RUN: clew-opt %s --split-input-file --clew-form-rows | FileCheck %s

// Row-wise neighbours become one loop; a product ends it, and what follows the product starts another.
// CHECK-LABEL: func.func @main
// CHECK: kernel.use @g
// CHECK: %[[R:.*]] = kernel.rows(%arg0, %arg1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
// CHECK: nn.add
// CHECK: nn.gelu
// CHECK: kernel.yield
// CHECK: %[[Y:.*]] = kernel.gemm %[[R]], @w
// CHECK: kernel.rows(%[[Y]], %
// CHECK: nn.layer_norm
kernel.constant @w matmul ["w"] : tensor<8x8xf32>
kernel.constant @g plain ["g"] : tensor<8xf32>
func.func @main(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s = nn.add %x, %r : tensor<?x8xf32>, tensor<?x8xf32>
  %t = nn.gelu %s : tensor<?x8xf32>
  %y = kernel.gemm %t, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %g = kernel.use @g : tensor<8xf32>
  %g2 = kernel.use @g : tensor<8xf32>
  %n = nn.layer_norm %y, %g, %g2 : tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}

// -----

// A loop over sequences is not a loop over tokens.
// CHECK-LABEL: func.func @main
// CHECK: %[[T:.*]] = kernel.rows
// CHECK: nn.tanh
// CHECK: %[[F:.*]] = kernel.rows(%[[T]], %arg1)
// CHECK: nn.first
// CHECK: return %[[T]], %[[F]]
func.func @main(%x: tensor<?x8xf32>, %o: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %t = nn.tanh %x : tensor<?x8xf32>
  %f = nn.first %t, %o : tensor<?x8xf32>
  return %t, %f : tensor<?x8xf32>, tensor<?x8xf32>
}
