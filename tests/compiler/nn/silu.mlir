// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @rows
// CHECK: nn.silu %{{.*}} : tensor<?x26xf32, #tokens>
func.func @rows(%x: tensor<?x26xf32, #tokens>) -> tensor<?x26xf32, #tokens> {
  %y = nn.silu %x : tensor<?x26xf32, #tokens>
  return %y : tensor<?x26xf32, #tokens>
}

// CHECK-LABEL: @double
// CHECK: nn.silu %{{.*}} : tensor<?x3xf64, #tokens>
func.func @double(%x: tensor<?x3xf64, #tokens>) -> tensor<?x3xf64, #tokens> {
  %y = nn.silu %x : tensor<?x3xf64, #tokens>
  return %y : tensor<?x3xf64, #tokens>
}
