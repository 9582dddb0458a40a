// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @rows
// CHECK: %q, %scale = nn.quantize %{{.*}} : tensor<?x8xf32, #tokens>
func.func @rows(%x: tensor<?x8xf32, #tokens>) -> (tensor<?x8xi8, #tokens>, tensor<?x1xf32, #tokens>) {
  %q, %s = nn.quantize %x : tensor<?x8xf32, #tokens>
  return %q, %s : tensor<?x8xi8, #tokens>, tensor<?x1xf32, #tokens>
}

// CHECK-LABEL: @weight
// CHECK: nn.quantize %{{.*}} : tensor<4x8xf32>
func.func @weight(%w: tensor<4x8xf32>) -> (tensor<4x8xi8>, tensor<4x1xf32>) {
  %q, %s = nn.quantize %w : tensor<4x8xf32>
  return %q, %s : tensor<4x8xi8>, tensor<4x1xf32>
}
