// RUN: clew-opt %s --canonicalize | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @columns
// CHECK: nn.concat %{{.*}}, %{{.*}} axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x3xf32, #tokens>) -> tensor<?x5xf32, #tokens>
func.func @columns(%x: tensor<?x2xf32, #tokens>, %y: tensor<?x3xf32, #tokens>) -> tensor<?x5xf32, #tokens> {
  %z = nn.concat %x, %y axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x3xf32, #tokens>) -> tensor<?x5xf32, #tokens>
  return %z : tensor<?x5xf32, #tokens>
}

// CHECK-LABEL: @vectors
// CHECK: nn.concat %{{.*}}, %{{.*}} axis 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
func.func @vectors(%x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<5xf32> {
  %z = nn.concat %x, %y axis 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %z : tensor<5xf32>
}

// CHECK-LABEL: @one
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @one(%x: tensor<?x2xf32, #tokens>) -> tensor<?x2xf32, #tokens> {
  %z = nn.concat %x axis 1 : (tensor<?x2xf32, #tokens>) -> tensor<?x2xf32, #tokens>
  return %z : tensor<?x2xf32, #tokens>
}
