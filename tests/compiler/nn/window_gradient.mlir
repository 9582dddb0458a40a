// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.window_gradient %{{.*}}, %{{.*}} size 3 before 1 : tensor<?x12xf32, #tokens>
func.func @one(%d: tensor<?x12xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.window_gradient %d, %o size 3 before 1 : tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return %r : tensor<?x4xf32, #tokens>
}
