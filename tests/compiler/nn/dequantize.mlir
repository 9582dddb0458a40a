// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @scales
// CHECK: nn.dequantize %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x4xi32, #tokens>, tensor<?x1xf32, #tokens>, tensor<4x1xf32>) -> tensor<?x4xf32, #tokens>
func.func @scales(%acc: tensor<?x4xi32, #tokens>, %rows: tensor<?x1xf32, #tokens>, %columns: tensor<4x1xf32>) -> tensor<?x4xf32, #tokens> {
  %y = nn.dequantize %acc, %rows, %columns : (tensor<?x4xi32, #tokens>, tensor<?x1xf32, #tokens>, tensor<4x1xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}
