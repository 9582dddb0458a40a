// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.softmax_gradient %{{.*}}, %{{.*}} : tensor<?x4xf32, #tokens>
func.func @one(%y: tensor<?x4xf32, #tokens>, %d: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.softmax_gradient %y, %d : tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
