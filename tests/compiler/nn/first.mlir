// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @first
// CHECK: nn.first %{{.*}}, %{{.*}} : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
func.func @first(%x: tensor<?x8xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #batch> {
  %y = nn.first %x, %offsets : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return %y : tensor<?x8xf32, #batch>
}
