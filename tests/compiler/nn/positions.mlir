// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @main
// CHECK-SAME: %[[OFFSETS:.*]]: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}
// CHECK: nn.positions %[[OFFSETS]]
func.func @main(%offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?xi32, #tokens> {
  %y = nn.positions %offsets : tensor<?xi32, #tokens_in_batch>
  return %y : tensor<?xi32, #tokens>
}
