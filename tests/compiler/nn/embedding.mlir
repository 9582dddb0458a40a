// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @lookup
// CHECK: nn.embedding %{{.*}}, %{{.*}} : tensor<100x26xf32>
func.func @lookup(%ids: tensor<?xi32>, %table: tensor<100x26xf32>) -> tensor<?x26xf32> {
  %y = nn.embedding %ids, %table : tensor<100x26xf32>
  return %y : tensor<?x26xf32>
}

// CHECK-LABEL: @places
// CHECK: nn.embedding %{{.*}}, %{{.*}} start 2 : tensor<514x26xf32>
func.func @places(%ids: tensor<?xi32>, %table: tensor<514x26xf32>) -> tensor<?x26xf32> {
  %y = nn.embedding %ids, %table start 2 : tensor<514x26xf32>
  return %y : tensor<?x26xf32>
}
