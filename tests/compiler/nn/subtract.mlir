// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @matrices
// CHECK: nn.subtract %{{.*}}, %{{.*}} : tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>
func.func @matrices(%x: tensor<?x8xf32, #tokens>, %y: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %z = nn.subtract %x, %y : tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>
  return %z : tensor<?x8xf32, #tokens>
}

// CHECK-LABEL: @row
// CHECK: nn.subtract %{{.*}}, %{{.*}} : tensor<?x8xf32, #tokens>, tensor<8xf32>
func.func @row(%x: tensor<?x8xf32, #tokens>, %y: tensor<8xf32>) -> tensor<?x8xf32, #tokens> {
  %z = nn.subtract %x, %y : tensor<?x8xf32, #tokens>, tensor<8xf32>
  return %z : tensor<?x8xf32, #tokens>
}

// CHECK-LABEL: @number
// CHECK: nn.subtract %{{.*}}, %{{.*}} : tensor<?x8xf32, #tokens>, tensor<1xf32>
func.func @number(%x: tensor<?x8xf32, #tokens>, %y: tensor<1xf32>) -> tensor<?x8xf32, #tokens> {
  %z = nn.subtract %x, %y : tensor<?x8xf32, #tokens>, tensor<1xf32>
  return %z : tensor<?x8xf32, #tokens>
}
