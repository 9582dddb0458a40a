// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @matrices
// CHECK: nn.multiply %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>
func.func @matrices(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %z = nn.multiply %x, %y : tensor<?x8xf32>, tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// CHECK-LABEL: @row
// CHECK: nn.multiply %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<8xf32>
func.func @row(%x: tensor<?x8xf32>, %y: tensor<8xf32>) -> tensor<?x8xf32> {
  %z = nn.multiply %x, %y : tensor<?x8xf32>, tensor<8xf32>
  return %z : tensor<?x8xf32>
}
