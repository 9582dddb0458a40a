// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.random : tensor<4xi32>
func.func @one() -> (tensor<4xi32>) {
  %r = nn.random : tensor<4xi32>
  return %r : tensor<4xi32>
}
