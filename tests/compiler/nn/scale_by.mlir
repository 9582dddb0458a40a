// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.scale_by %{{.*}}, %{{.*}} : tensor<?x4xf32, #tokens>, tensor<1x1xf32>
func.func @one(%x: tensor<?x4xf32, #tokens>, %f: tensor<1x1xf32>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.scale_by %x, %f : tensor<?x4xf32, #tokens>, tensor<1x1xf32>
  return %r : tensor<?x4xf32, #tokens>
}
