// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @float
// CHECK: nn.recurrence lstm %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x12xf32, #tokens>, tensor<12x3xbf16>, tensor<?xi32, #tokens_in_batch>)
func.func @float(%gates: tensor<?x12xf32, #tokens>, %w: tensor<12x3xbf16>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x3xf32, #tokens> {
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets : (tensor<?x12xf32, #tokens>, tensor<12x3xbf16>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x3xf32, #tokens>
}

// CHECK-LABEL: @integer
// CHECK: nn.recurrence lstm %{{.*}}, %{{.*}} scales %{{.*}}, %{{.*}} reverse :
func.func @integer(%gates: tensor<?x12xf32, #tokens>, %w: tensor<12x3xi8>, %s: tensor<12x1xf32>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x3xf32, #tokens> {
  %y, %h, %c = nn.recurrence lstm %gates, %w scales %s, %offsets reverse
      : (tensor<?x12xf32, #tokens>, tensor<12x3xi8>, tensor<12x1xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x3xf32, #tokens>
}
