// RUN: clew-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @middle
// CHECK: nn.slice %{{.*}}[2, 3] : tensor<?x8xf32>
func.func @middle(%x: tensor<?x8xf32>) -> tensor<?x3xf32> {
  %y = nn.slice %x[2, 3] : tensor<?x8xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: @whole
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @whole(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = nn.slice %x[0, 8] : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @of_slice
// CHECK-NEXT: nn.slice %{{.*}}[3, 2] : tensor<?x8xf32>
func.func @of_slice(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %y = nn.slice %x[2, 4] : tensor<?x8xf32>
  %z = nn.slice %y[1, 2] : tensor<?x4xf32>
  return %z : tensor<?x2xf32>
}

// CHECK-LABEL: @of_concat
// CHECK-SAME: %{{.*}}: tensor<?x2xf32>, %[[Y:.*]]: tensor<?x5xf32>
// CHECK-NEXT: %[[Z:.*]] = nn.slice %[[Y]][1, 2] : tensor<?x5xf32>
// CHECK-NEXT: return %[[Z]], %[[Y]]
func.func @of_concat(%x: tensor<?x2xf32>, %y: tensor<?x5xf32>) -> (tensor<?x2xf32>, tensor<?x5xf32>) {
  %c = nn.concat %x, %y axis 1 : (tensor<?x2xf32>, tensor<?x5xf32>) -> tensor<?x7xf32>
  %part = nn.slice %c[3, 2] : tensor<?x7xf32>
  %all = nn.slice %c[2, 5] : tensor<?x7xf32>
  return %part, %all : tensor<?x2xf32>, tensor<?x5xf32>
}

// CHECK-LABEL: @across
// CHECK: nn.concat
// CHECK: nn.slice %{{.*}}[1, 2] : tensor<?x7xf32>
func.func @across(%x: tensor<?x2xf32>, %y: tensor<?x5xf32>) -> tensor<?x2xf32> {
  %c = nn.concat %x, %y axis 1 : (tensor<?x2xf32>, tensor<?x5xf32>) -> tensor<?x7xf32>
  %part = nn.slice %c[1, 2] : tensor<?x7xf32>
  return %part : tensor<?x2xf32>
}
