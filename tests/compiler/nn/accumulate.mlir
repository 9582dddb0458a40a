// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
nn.parameter @w normal : tensor<4x4xf32>
// CHECK-LABEL: @one
// CHECK: nn.accumulate @w, %{{.*}} : tensor<4x4xf32>
func.func @one(%x: tensor<?x4xf32, #tokens>) {
  %d = nn.outer_sum %x, %x : (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) -> tensor<4x4xf32>
  nn.accumulate @w, %d : tensor<4x4xf32>
  return
}
