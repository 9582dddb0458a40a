// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.crf_loss {{.*}} by_token :
func.func @one(%x: tensor<?x4xf32, #tokens>, %l: tensor<?xi32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %t: tensor<4x4xf32>, %s: tensor<4xf32>) -> (tensor<1x1xf32>) {
  %r, %a, %b, %c, %d = nn.crf_loss %x, %l, %o, %t, %s, %s by_token : (tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>)
      -> (tensor<1x1xf32>, tensor<?x4xf32, #tokens>, tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %r : tensor<1x1xf32>
}
