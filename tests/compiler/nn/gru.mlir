// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @both
// CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK-SAME: -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>)
// CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} reverse :
func.func @both(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<9x5xf32>, %wh: tensor<9x3xf32>, %b: tensor<9xf32>,
    %d: tensor<9xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %y, %h = nn.gru %x, %offsets, %wi, %wh, %b, %d
      : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x5xf32>, tensor<9x3xf32>, tensor<9xf32>, tensor<9xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>)
  %z, %g = nn.gru %x, %offsets, %wi, %wh, %b, %d reverse
      : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x5xf32>, tensor<9x3xf32>, tensor<9xf32>, tensor<9xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>)
  return %y, %z : tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>
}
