// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @lookup
// CHECK: nn.embedding %{{.*}}, %{{.*}} : tensor<?xi32, #tokens>, tensor<100x26xf32>
func.func @lookup(%ids: tensor<?xi32, #tokens>, %table: tensor<100x26xf32>) -> tensor<?x26xf32, #tokens> {
  %y = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<100x26xf32>
  return %y : tensor<?x26xf32, #tokens>
}

// CHECK-LABEL: @places
// CHECK: nn.embedding %{{.*}}, %{{.*}} start 2 : tensor<?xi32, #tokens>, tensor<514x26xf32>
func.func @places(%ids: tensor<?xi32, #tokens>, %table: tensor<514x26xf32>) -> tensor<?x26xf32, #tokens> {
  %y = nn.embedding %ids, %table start 2 : tensor<?xi32, #tokens>, tensor<514x26xf32>
  return %y : tensor<?x26xf32, #tokens>
}
