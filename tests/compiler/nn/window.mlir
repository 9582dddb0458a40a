// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @main
// CHECK: nn.window %{{.*}}, %{{.*}} size 3 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
func.func @main(%x: tensor<?x4xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x12xf32, #tokens> {
  %y = nn.window %x, %offsets size 3 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return %y : tensor<?x12xf32, #tokens>
}

// CHECK-LABEL: @whole
// CHECK: nn.window %{{.*}}, %{{.*}} size 3 before 0 whole : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
func.func @whole(%x: tensor<?x4xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x12xf32, #tokens> {
  %y = nn.window %x, %offsets size 3 before 0 whole : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return %y : tensor<?x12xf32, #tokens>
}
