// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @main
// CHECK-SAME: %[[OFFSETS:.*]]: tensor<?xi32> {nn.input = "offsets"}
// CHECK: nn.positions %[[OFFSETS]]
func.func @main(%offsets: tensor<?xi32> {nn.input = "offsets"}) -> tensor<?xi32> {
  %y = nn.positions %offsets
  return %y : tensor<?xi32>
}
