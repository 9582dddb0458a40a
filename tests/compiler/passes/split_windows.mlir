// RUN: clew-opt %s --clew-split-windows | FileCheck %s

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
nn.parameter @w normal : tensor<3x8xf32>
nn.parameter @b normal : tensor<3xf32>
nn.parameter @wide normal : tensor<5x8xf32>

// The last row of the window comes first, and what stood before is what stands behind.
// CHECK-LABEL: @split
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32, #tokens>, %[[O:.*]]: tensor<?xi32, #tokens_in_batch>
// CHECK: %[[W:.*]] = nn.get @w
// CHECK: %[[B:.*]] = nn.get @b
// CHECK: %[[LAST:.*]] = nn.slice %[[W]][4, 4]
// CHECK: %[[FIRST:.*]] = nn.slice %[[W]][0, 4]
// CHECK: %[[PIECES:.*]] = nn.concat %[[LAST]], %[[FIRST]] axis 0 : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<6x4xf32>
// CHECK: %[[P:.*]] = nn.linear %[[X]], %[[PIECES]] : (tensor<?x4xf32, #tokens>, tensor<6x4xf32>) -> tensor<?x6xf32, #tokens>
// CHECK: %[[S:.*]] = nn.window_gradient %[[P]], %[[O]] size 2 before 0
// CHECK: %[[Y:.*]] = nn.add %[[S]], %[[B]]
// CHECK-NOT: nn.window
// CHECK: return %[[Y]]
func.func @split(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> tensor<?x3xf32, #tokens> {
  %w = nn.get @w : tensor<3x8xf32>
  %b = nn.get @b : tensor<3xf32>
  %0 = nn.window %x, %o size 2 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %1 = nn.linear %0, %w, %b : (tensor<?x8xf32, #tokens>, tensor<3x8xf32>, tensor<3xf32>) -> tensor<?x3xf32, #tokens>
  return %1 : tensor<?x3xf32, #tokens>
}

// Copies are less to write than products that are wider than a token; windows that others read are made all the same; those that are moved
// inside their sequence stand at other tokens.
// CHECK-LABEL: @whole_windows
// CHECK: nn.window %{{.*}}
// CHECK: nn.window %{{.*}}
// CHECK: nn.window %{{.*}} whole
// CHECK-NOT: nn.window_gradient
func.func @whole_windows(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>)
    -> (tensor<?x5xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %wide = nn.get @wide : tensor<5x8xf32>
  %w = nn.get @w : tensor<3x8xf32>
  %0 = nn.window %x, %o size 2 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %1 = nn.linear %0, %wide : (tensor<?x8xf32, #tokens>, tensor<5x8xf32>) -> tensor<?x5xf32, #tokens>
  %2 = nn.window %x, %o size 2 before 0 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %3 = nn.linear %2, %w : (tensor<?x8xf32, #tokens>, tensor<3x8xf32>) -> tensor<?x3xf32, #tokens>
  %4 = nn.window %x, %o size 2 before 0 whole : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %5 = nn.linear %4, %w : (tensor<?x8xf32, #tokens>, tensor<3x8xf32>) -> tensor<?x3xf32, #tokens>
  return %1, %2, %3, %5 : tensor<?x5xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>
}
