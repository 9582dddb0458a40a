// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @float
// CHECK: nn.recurrence lstm %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x12xf32>, tensor<12x3xbf16>, tensor<?xi32>)
func.func @float(%gates: tensor<?x12xf32>, %w: tensor<12x3xbf16>, %offsets: tensor<?xi32>) -> tensor<?x3xf32> {
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets : (tensor<?x12xf32>, tensor<12x3xbf16>, tensor<?xi32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: @integer
// CHECK: nn.recurrence lstm %{{.*}}, %{{.*}} scales %{{.*}}, %{{.*}} reverse :
func.func @integer(%gates: tensor<?x12xf32>, %w: tensor<12x3xi8>, %s: tensor<12x1xf32>, %offsets: tensor<?xi32>) -> tensor<?x3xf32> {
  %y, %h, %c = nn.recurrence lstm %gates, %w scales %s, %offsets reverse
      : (tensor<?x12xf32>, tensor<12x3xi8>, tensor<12x1xf32>, tensor<?xi32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y : tensor<?x3xf32>
}
