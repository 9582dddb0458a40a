// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @bias
// CHECK: nn.linear %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
func.func @bias(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32, #tokens> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// CHECK-LABEL: @alone
// CHECK: nn.linear %{{.*}}, %{{.*}} : (tensor<?x8xf64, #tokens>, tensor<4x8xf64>) -> tensor<?x4xf64, #tokens>
func.func @alone(%x: tensor<?x8xf64, #tokens>, %w: tensor<4x8xf64>) -> tensor<?x4xf64, #tokens> {
  %y = nn.linear %x, %w : (tensor<?x8xf64, #tokens>, tensor<4x8xf64>) -> tensor<?x4xf64, #tokens>
  return %y : tensor<?x4xf64, #tokens>
}

// CHECK-LABEL: @bf16
// CHECK: nn.linear %{{.*}} -> tensor<?x4xf32, #tokens>
func.func @bf16(%x: tensor<?x8xbf16, #tokens>, %w: tensor<4x8xbf16>, %b: tensor<4xf32>) -> tensor<?x4xf32, #tokens> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xbf16, #tokens>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// CHECK-LABEL: @i8
// CHECK: nn.linear %{{.*}} -> tensor<?x4xi32, #tokens>
func.func @i8(%x: tensor<?x8xi8, #tokens>, %w: tensor<4x8xi8>) -> tensor<?x4xi32, #tokens> {
  %y = nn.linear %x, %w : (tensor<?x8xi8, #tokens>, tensor<4x8xi8>) -> tensor<?x4xi32, #tokens>
  return %y : tensor<?x4xi32, #tokens>
}
