// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @rows
// CHECK: nn.softmax %{{.*}} : tensor<?x26xf32, #tokens>
func.func @rows(%x: tensor<?x26xf32, #tokens>) -> tensor<?x26xf32, #tokens> {
  %y = nn.softmax %x : tensor<?x26xf32, #tokens>
  return %y : tensor<?x26xf32, #tokens>
}

// CHECK-LABEL: @double
// CHECK: nn.softmax %{{.*}} : tensor<?x3xf64, #tokens>
func.func @double(%x: tensor<?x3xf64, #tokens>) -> tensor<?x3xf64, #tokens> {
  %y = nn.softmax %x : tensor<?x3xf64, #tokens>
  return %y : tensor<?x3xf64, #tokens>
}

// CHECK-LABEL: @vector
// CHECK: nn.softmax %{{.*}} : tensor<3xf32>
func.func @vector(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = nn.softmax %x : tensor<3xf32>
  return %y : tensor<3xf32>
}
