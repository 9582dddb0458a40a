// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.sum_rows %{{.*}} : (tensor<?x4xf32, #tokens>) -> tensor<4xf32>
func.func @one(%x: tensor<?x4xf32, #tokens>) -> (tensor<4xf32>) {
  %r = nn.sum_rows %x : (tensor<?x4xf32, #tokens>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
