// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<?x4xf32, #tokens>, tensor<4x3xf32>) -> tensor<?x3xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %w: tensor<4x3xf32>) -> (tensor<?x3xf32, #tokens>) {
  %r = nn.matmul %x, %w : (tensor<?x4xf32, #tokens>, tensor<4x3xf32>) -> tensor<?x3xf32, #tokens>
  return %r : tensor<?x3xf32, #tokens>
}
