// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @both
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK-SAME: -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} reverse :
func.func @both(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  %z, %g, %d = nn.lstm %x, %offsets, %wi, %wh, %b reverse
      : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y, %z : tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>
}
