// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.drop %{{.*}}, %{{.*}} rate 1.000000e-01 site 3 : tensor<?x4xf32, #tokens>, tensor<4xi32>
func.func @one(%x: tensor<?x4xf32, #tokens>, %b: tensor<4xi32>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.drop %x, %b rate 1.000000e-01 site 3 : tensor<?x4xf32, #tokens>, tensor<4xi32>
  return %r : tensor<?x4xf32, #tokens>
}
