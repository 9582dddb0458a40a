// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.max_gradient {{.*}} -> tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %d: tensor<?x4xf32, #batch>, %o: tensor<?xi32, #tokens_in_batch>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.max_gradient %x, %d, %o : (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #batch>, tensor<?xi32, #tokens_in_batch>) -> tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
