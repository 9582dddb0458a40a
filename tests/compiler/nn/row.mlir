// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @row
// CHECK: nn.row %{{.*}}[2] : tensor<3x8xf32>
func.func @row(%table: tensor<3x8xf32>) -> tensor<8xf32> {
  %y = nn.row %table[2] : tensor<3x8xf32>
  return %y : tensor<8xf32>
}
