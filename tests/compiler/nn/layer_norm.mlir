// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @norm
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x26xf32, #tokens>
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} eps 1.000000e-05 : tensor<?x26xf32, #tokens>
func.func @norm(%x: tensor<?x26xf32, #tokens>, %w: tensor<26xf32>, %b: tensor<26xf32>) -> tensor<?x26xf32, #tokens> {
  %y = nn.layer_norm %x, %w, %b : tensor<?x26xf32, #tokens>
  %z = nn.layer_norm %y, %w, %b eps 1.0e-5 : tensor<?x26xf32, #tokens>
  return %z : tensor<?x26xf32, #tokens>
}
