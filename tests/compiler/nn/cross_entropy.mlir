// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.cross_entropy %{{.*}}, %{{.*}} smoothing 1.000000e-01 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %l: tensor<?xi32, #tokens>) -> (tensor<1x1xf32>, tensor<?x4xf32, #tokens>) {
  %r, %d = nn.cross_entropy %x, %l smoothing 1.000000e-01 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens>
  return %r, %d : tensor<1x1xf32>, tensor<?x4xf32, #tokens>
}
