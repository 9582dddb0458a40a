// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @bias
// CHECK: nn.linear %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
func.func @bias(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @alone
// CHECK: nn.linear %{{.*}}, %{{.*}} : (tensor<?x8xf64>, tensor<4x8xf64>) -> tensor<?x4xf64>
func.func @alone(%x: tensor<?x8xf64>, %w: tensor<4x8xf64>) -> tensor<?x4xf64> {
  %y = nn.linear %x, %w : (tensor<?x8xf64>, tensor<4x8xf64>) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// CHECK-LABEL: @bf16
// CHECK: nn.linear %{{.*}} -> tensor<?x4xf32>
func.func @bf16(%x: tensor<?x8xbf16>, %w: tensor<4x8xbf16>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xbf16>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @i8
// CHECK: nn.linear %{{.*}} -> tensor<?x4xi32>
func.func @i8(%x: tensor<?x8xi8>, %w: tensor<4x8xi8>) -> tensor<?x4xi32> {
  %y = nn.linear %x, %w : (tensor<?x8xi8>, tensor<4x8xi8>) -> tensor<?x4xi32>
  return %y : tensor<?x4xi32>
}
