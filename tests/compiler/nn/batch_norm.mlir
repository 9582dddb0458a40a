// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @main
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x4xf32, #tokens>,
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} eps 1.000000e-03 : (tensor<?x4xf32, #tokens>,
func.func @main(%x: tensor<?x4xf32, #tokens>, %w: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<?x4xf32, #tokens> {
  %y = nn.batch_norm %x, %w, %b, %m, %v : (tensor<?x4xf32, #tokens>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  %z = nn.batch_norm %y, %w, %b, %m, %v eps 1.0e-3
      : (tensor<?x4xf32, #tokens>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %z : tensor<?x4xf32, #tokens>
}
