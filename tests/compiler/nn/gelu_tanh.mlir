// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @rows
// CHECK: nn.gelu_tanh %{{.*}} : tensor<?x26xf32, #tokens>
func.func @rows(%x: tensor<?x26xf32, #tokens>) -> tensor<?x26xf32, #tokens> {
  %y = nn.gelu_tanh %x : tensor<?x26xf32, #tokens>
  return %y : tensor<?x26xf32, #tokens>
}

// CHECK-LABEL: @double
// CHECK: nn.gelu_tanh %{{.*}} : tensor<?x3xf64, #tokens>
func.func @double(%x: tensor<?x3xf64, #tokens>) -> tensor<?x3xf64, #tokens> {
  %y = nn.gelu_tanh %x : tensor<?x3xf64, #tokens>
  return %y : tensor<?x3xf64, #tokens>
}
