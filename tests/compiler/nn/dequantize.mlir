// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @scales
// CHECK: nn.dequantize %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x4xi32>, tensor<?x1xf32>, tensor<4x1xf32>) -> tensor<?x4xf32>
func.func @scales(%acc: tensor<?x4xi32>, %rows: tensor<?x1xf32>, %columns: tensor<4x1xf32>) -> tensor<?x4xf32> {
  %y = nn.dequantize %acc, %rows, %columns : (tensor<?x4xi32>, tensor<?x1xf32>, tensor<4x1xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
