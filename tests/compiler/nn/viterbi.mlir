// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @path
// CHECK: nn.viterbi %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x9xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x9xf32>
func.func @path(%x: tensor<?x9xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %t: tensor<9x9xf32>, %s: tensor<9xf32>, %e: tensor<9xf32>)
    -> tensor<?x9xf32, #tokens> {
  %y = nn.viterbi %x, %offsets, %t, %s, %e : tensor<?x9xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x9xf32>
  return %y : tensor<?x9xf32, #tokens>
}
