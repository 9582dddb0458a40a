// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.fill 2.500000e+00 : tensor<1x1xf32>
func.func @one() -> (tensor<1x1xf32>) {
  %r = nn.fill 2.500000e+00 : tensor<1x1xf32>
  return %r : tensor<1x1xf32>
}
