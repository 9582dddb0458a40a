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

// CHECK-LABEL: @projected
// CHECK: nn.recurrence lstm %{{.*}}, %{{.*}} scales %{{.*}} projection %{{.*}} scales %{{.*}} from %{{.*}} and %{{.*}}, %{{.*}} cell_clip 3.000000e+00 :
func.func @projected(%gates: tensor<?x12xf32, #tokens>, %w: tensor<12x2xi8>, %s: tensor<12x1xf32>, %r: tensor<2x3xi8>, %rs: tensor<2x1xf32>,
    %h0: tensor<2xf32>, %c0: tensor<3xf32>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x2xf32, #tokens> {
  %y, %h, %c = nn.recurrence lstm %gates, %w scales %s projection %r scales %rs from %h0 and %c0, %offsets cell_clip 3.0
      : (tensor<?x12xf32, #tokens>, tensor<12x2xi8>, tensor<12x1xf32>, tensor<2x3xi8>, tensor<2x1xf32>, tensor<2xf32>, tensor<3xf32>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x2xf32, #tokens>
}

// CHECK-LABEL: @gated
// CHECK: nn.recurrence gru %{{.*}}, %{{.*}} bias %{{.*}} from %{{.*}}, %{{.*}} reset_before update_new :
func.func @gated(%gates: tensor<?x9xf32, #tokens>, %w: tensor<9x3xf32>, %b: tensor<9xf32>, %h0: tensor<?x3xf32, #batch>, %offsets: tensor<?xi32, #tokens_in_batch>)
    -> tensor<?x3xf32, #tokens> {
  %y, %h, %c = nn.recurrence gru %gates, %w bias %b from %h0, %offsets reset_before update_new
      : (tensor<?x9xf32, #tokens>, tensor<9x3xf32>, tensor<9xf32>, tensor<?x3xf32, #batch>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x3xf32, #tokens>
}
