// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: nn.silu %{{.*}} : tensor<?x26xf32>
func.func @rows(%x: tensor<?x26xf32>) -> tensor<?x26xf32> {
  %y = nn.silu %x : tensor<?x26xf32>
  return %y : tensor<?x26xf32>
}

// CHECK-LABEL: @double
// CHECK: nn.silu %{{.*}} : tensor<?x3xf64>
func.func @double(%x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %y = nn.silu %x : tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
