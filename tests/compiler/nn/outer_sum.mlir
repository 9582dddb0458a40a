// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.outer_sum %{{.*}}, %{{.*}} : {{.*}} -> tensor<4x3xf32>
func.func @one(%x: tensor<?x4xf32, #tokens>, %y: tensor<?x3xf32, #tokens>) -> (tensor<4x3xf32>) {
  %r = nn.outer_sum %x, %y : (tensor<?x4xf32, #tokens>, tensor<?x3xf32, #tokens>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
