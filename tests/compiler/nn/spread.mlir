// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.spread mean %{{.*}}, %{{.*}} : tensor<?x4xf32, #batch>, tensor<?xi32, #tokens_in_batch>
func.func @one(%d: tensor<?x4xf32, #batch>, %o: tensor<?xi32, #tokens_in_batch>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.spread mean %d, %o : tensor<?x4xf32, #batch>, tensor<?xi32, #tokens_in_batch>
  return %r : tensor<?x4xf32, #tokens>
}
