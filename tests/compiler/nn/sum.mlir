// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @all
// CHECK: nn.sum %{{.*}} : (tensor<?x4xf32, #tokens>) -> tensor<1xf32>
// CHECK: nn.sum %{{.*}} : (tensor<4xf32>) -> tensor<1xf32>
func.func @all(%x: tensor<?x4xf32, #tokens>, %v: tensor<4xf32>) -> (tensor<1xf32>, tensor<1xf32>) {
  %r = nn.sum %x : (tensor<?x4xf32, #tokens>) -> tensor<1xf32>
  %s = nn.sum %v : (tensor<4xf32>) -> tensor<1xf32>
  return %r, %s : tensor<1xf32>, tensor<1xf32>
}
