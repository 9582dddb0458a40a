// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.l2_normalize_gradient %{{.*}}, %{{.*}} eps
func.func @one(%x: tensor<?x4xf32, #tokens>, %d: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.l2_normalize_gradient %x, %d eps 1.000000e-12 : tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
