// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.recurrence_gradient lstm %{{.*}}, %{{.*}}, %{{.*}} of %{{.*}} by %{{.*}} reverse cell_clip
func.func @one(%g: tensor<?x16xf32, #tokens>, %w: tensor<16x4xf32>, %o: tensor<?xi32, #tokens_in_batch>, %y: tensor<?x4xf32, #tokens>) -> (tensor<?x16xf32, #tokens>) {
  %r, %p, %f, %j, %h, %c = nn.recurrence_gradient lstm %g, %w, %o of %y by %y reverse cell_clip 0.000000e+00 projection_clip 0.000000e+00
      : (tensor<?x16xf32, #tokens>, tensor<16x4xf32>, tensor<?xi32, #tokens_in_batch>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) -> (tensor<?x16xf32, #tokens>, tensor<?x16xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #batch>, tensor<?x4xf32, #batch>)
  return %r : tensor<?x16xf32, #tokens>
}
