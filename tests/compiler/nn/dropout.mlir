// RUN: clew-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @kept
// CHECK: nn.dropout %{{.*}} rate 1.000000e-01 site 3 : tensor<?x8xf32>
func.func @kept(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = nn.dropout %x rate 0.1 site 3 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @never
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @never(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = nn.dropout %x rate 0.0 site 3 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
