// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.soft_cross_entropy %{{.*}}, %{{.*}} temperature 8.000000e+00 divergence : tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %y: tensor<?x4xf32, #tokens>) -> (tensor<1x1xf32>) {
  %r, %d = nn.soft_cross_entropy %x, %y temperature 8.000000e+00 divergence : tensor<?x4xf32, #tokens>
  return %r : tensor<1x1xf32>
}
