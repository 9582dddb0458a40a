// RUN: clew-opt %s | clew-opt | FileCheck %s

nn.parameter @w normal : tensor<8x4xf32>

// Two reads of one symbol are how weights are tied.
// CHECK-LABEL: @read
// CHECK-COUNT-2: nn.get @w : tensor<8x4xf32>
func.func @read() -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %a = nn.get @w : tensor<8x4xf32>
  %b = nn.get @w : tensor<8x4xf32>
  return %a, %b : tensor<8x4xf32>, tensor<8x4xf32>
}
