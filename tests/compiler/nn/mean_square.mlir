// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.mean_square %{{.*}}, %{{.*}} : tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %y: tensor<?x4xf32, #tokens>) -> (tensor<1x1xf32>, tensor<?x4xf32, #tokens>) {
  %r, %d, %e = nn.mean_square %x, %y : tensor<?x4xf32, #tokens>
  return %r, %e : tensor<1x1xf32>, tensor<?x4xf32, #tokens>
}
