// RUN: clew-opt %s --canonicalize | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @kept
// CHECK: nn.dropout %{{.*}} rate 1.000000e-01 site 3 : tensor<?x8xf32, #tokens>
func.func @kept(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %y = nn.dropout %x rate 0.1 site 3 : tensor<?x8xf32, #tokens>
  return %y : tensor<?x8xf32, #tokens>
}

// CHECK-LABEL: @never
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @never(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %y = nn.dropout %x rate 0.0 site 3 : tensor<?x8xf32, #tokens>
  return %y : tensor<?x8xf32, #tokens>
}
