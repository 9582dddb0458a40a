// RUN: clew-opt %s --clew-training | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @main
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32, #tokens>
// CHECK-NEXT: %[[BITS:.*]] = nn.random : tensor<4xi32>
// CHECK-NEXT: %[[A:.*]] = nn.drop %[[X]], %[[BITS]] rate 1.000000e-01 site 0
// CHECK-NEXT: %[[B:.*]] = nn.gelu %[[A]]
// CHECK-NEXT: %[[C:.*]] = nn.drop %[[B]], %[[BITS]] rate 2.000000e-01 site 1
// CHECK-NEXT: return %[[C]]
func.func @main(%0: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %1 = nn.dropout %0 rate 1.000000e-01 site 0 : tensor<?x8xf32, #tokens>
  %2 = nn.gelu %1 : tensor<?x8xf32, #tokens>
  %3 = nn.dropout %2 rate 2.000000e-01 site 1 : tensor<?x8xf32, #tokens>
  return %3 : tensor<?x8xf32, #tokens>
}
