// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.layer_norm_gradient %{{.*}}, %{{.*}}, %{{.*}} eps 1.000000e-05 : tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %w: tensor<4xf32>, %d: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.layer_norm_gradient %x, %w, %d eps 1.000000e-05 : tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
