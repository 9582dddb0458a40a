// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @norm
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x26xf32>
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} eps 1.000000e-05 : tensor<?x26xf32>
func.func @norm(%x: tensor<?x26xf32>, %w: tensor<26xf32>, %b: tensor<26xf32>) -> tensor<?x26xf32> {
  %y = nn.layer_norm %x, %w, %b : tensor<?x26xf32>
  %z = nn.layer_norm %y, %w, %b eps 1.0e-5 : tensor<?x26xf32>
  return %z : tensor<?x26xf32>
}
