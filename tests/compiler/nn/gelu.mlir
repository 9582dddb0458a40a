// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: nn.gelu %{{.*}} : tensor<?x26xf32>
func.func @rows(%x: tensor<?x26xf32>) -> tensor<?x26xf32> {
  %y = nn.gelu %x : tensor<?x26xf32>
  return %y : tensor<?x26xf32>
}

// CHECK-LABEL: @double
// CHECK: nn.gelu %{{.*}} : tensor<?x3xf64>
func.func @double(%x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %y = nn.gelu %x : tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
