// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @waves
// CHECK: nn.sinusoids 129 x 64 interleaved
// CHECK: nn.sinusoids 9 x 8 from 4 step -1
func.func @waves() -> (tensor<129x64xf32>, tensor<9x8xf32>) {
  %x = nn.sinusoids 129 x 64 interleaved
  %y = nn.sinusoids 9 x 8 from 4 step -1
  return %x, %y : tensor<129x64xf32>, tensor<9x8xf32>
}
