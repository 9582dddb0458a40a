// RUN: clew-opt %s --clew-lower-lstm | FileCheck %s

// CHECK-LABEL: @backward
// CHECK-SAME: %[[X:.*]]: tensor<?x5xf32>, %[[O:.*]]: tensor<?xi32>, %[[WI:.*]]: tensor<12x5xf32>, %[[WH:.*]]: tensor<12x3xf32>, %[[B:.*]]: tensor<12xf32>
// CHECK-NEXT: %[[G:.*]] = nn.linear %[[X]], %[[WI]], %[[B]] : {{.*}} -> tensor<?x12xf32>
// CHECK-NEXT: %[[Y:.*]], %[[H:.*]], %[[C:.*]] = nn.recurrence %[[G]], %[[WH]], %[[O]] reverse :
// CHECK-NEXT: return %[[Y]], %[[H]], %[[C]]
func.func @backward(%x: tensor<?x5xf32>, %offsets: tensor<?xi32>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b reverse
      : (tensor<?x5xf32>, tensor<?xi32>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y, %h, %c : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>
}

// CHECK-LABEL: @forward
// CHECK: nn.recurrence
// CHECK-NOT: reverse
// CHECK: return
func.func @forward(%x: tensor<?x5xf32>, %offsets: tensor<?xi32>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> tensor<?x3xf32> {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b : (tensor<?x5xf32>, tensor<?xi32>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y : tensor<?x3xf32>
}
