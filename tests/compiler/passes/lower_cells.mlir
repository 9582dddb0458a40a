// RUN: clew-opt %s --clew-lower-cells | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @backward
// CHECK-SAME: %[[X:.*]]: tensor<?x5xf32, #tokens>, %[[O:.*]]: tensor<?xi32, #tokens_in_batch>, %[[WI:.*]]: tensor<12x5xf32>, %[[WH:.*]]: tensor<12x3xf32>, %[[B:.*]]: tensor<12xf32>
// CHECK-NEXT: %[[G:.*]] = nn.linear %[[X]], %[[WI]], %[[B]] : {{.*}} -> tensor<?x12xf32, #tokens>
// CHECK-NEXT: %[[Y:.*]], %[[H:.*]], %[[C:.*]] = nn.recurrence lstm %[[G]], %[[WH]], %[[O]] reverse :
// CHECK-NEXT: return %[[Y]], %[[H]], %[[C]]
func.func @backward(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>) {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b reverse
      : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y, %h, %c : tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>
}

// CHECK-LABEL: @forward
// CHECK: nn.recurrence
// CHECK-NOT: reverse
// CHECK: return
func.func @forward(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> tensor<?x3xf32, #tokens> {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x3xf32, #tokens>
}

// CHECK-LABEL: @gated
// CHECK-SAME: %[[X:.*]]: tensor<?x5xf32, #tokens>, %[[O:.*]]: tensor<?xi32, #tokens_in_batch>, %[[WI:.*]]: tensor<9x5xf32>, %[[WH:.*]]: tensor<9x3xf32>, %[[B:.*]]: tensor<9xf32>, %[[D:.*]]: tensor<9xf32>
// CHECK-NEXT: %[[G:.*]] = nn.linear %[[X]], %[[WI]], %[[B]] : {{.*}} -> tensor<?x9xf32, #tokens>
// CHECK-NEXT: %[[Y:.*]], %[[H:.*]], %{{.*}} = nn.recurrence gru %[[G]], %[[WH]] bias %[[D]], %[[O]] reverse :
// CHECK-NEXT: return %[[Y]], %[[H]]
func.func @gated(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<9x5xf32>, %wh: tensor<9x3xf32>, %b: tensor<9xf32>,
    %d: tensor<9xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>) {
  %y, %h = nn.gru %x, %offsets, %wi, %wh, %b, %d reverse
      : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x5xf32>, tensor<9x3xf32>, tensor<9xf32>, tensor<9xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>)
  return %y, %h : tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>
}
