// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.shift %{{.*}}, %{{.*}} from %{{.*}} reverse : {{.*}} -> tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %h: tensor<4xf32>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.shift %x, %o from %h reverse : (tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
