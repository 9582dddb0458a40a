// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.embedding_gradient %{{.*}}, %{{.*}} count 7 start 2 : tensor<?xi32, #tokens>, tensor<?x4xf32, #tokens>
func.func @one(%i: tensor<?xi32, #tokens>, %d: tensor<?x4xf32, #tokens>) -> (tensor<7x4xf32>) {
  %r = nn.embedding_gradient %i, %d count 7 start 2 : tensor<?xi32, #tokens>, tensor<?x4xf32, #tokens>
  return %r : tensor<7x4xf32>
}
