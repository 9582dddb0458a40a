// RUN: clew-opt %s --canonicalize | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @middle
// CHECK: nn.slice %{{.*}}[2, 3] : tensor<?x8xf32, #tokens>
func.func @middle(%x: tensor<?x8xf32, #tokens>) -> tensor<?x3xf32, #tokens> {
  %y = nn.slice %x[2, 3] : tensor<?x8xf32, #tokens>
  return %y : tensor<?x3xf32, #tokens>
}

// CHECK-LABEL: @whole
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @whole(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %y = nn.slice %x[0, 8] : tensor<?x8xf32, #tokens>
  return %y : tensor<?x8xf32, #tokens>
}

// CHECK-LABEL: @of_slice
// CHECK-NEXT: nn.slice %{{.*}}[3, 2] : tensor<?x8xf32, #tokens>
func.func @of_slice(%x: tensor<?x8xf32, #tokens>) -> tensor<?x2xf32, #tokens> {
  %y = nn.slice %x[2, 4] : tensor<?x8xf32, #tokens>
  %z = nn.slice %y[1, 2] : tensor<?x4xf32, #tokens>
  return %z : tensor<?x2xf32, #tokens>
}

// CHECK-LABEL: @of_concat
// CHECK-SAME: %{{.*}}: tensor<?x2xf32, #tokens>, %[[Y:.*]]: tensor<?x5xf32, #tokens>
// CHECK-NEXT: %[[Z:.*]] = nn.slice %[[Y]][1, 2] : tensor<?x5xf32, #tokens>
// CHECK-NEXT: return %[[Z]], %[[Y]]
func.func @of_concat(%x: tensor<?x2xf32, #tokens>, %y: tensor<?x5xf32, #tokens>) -> (tensor<?x2xf32, #tokens>, tensor<?x5xf32, #tokens>) {
  %c = nn.concat %x, %y axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x5xf32, #tokens>) -> tensor<?x7xf32, #tokens>
  %part = nn.slice %c[3, 2] : tensor<?x7xf32, #tokens>
  %all = nn.slice %c[2, 5] : tensor<?x7xf32, #tokens>
  return %part, %all : tensor<?x2xf32, #tokens>, tensor<?x5xf32, #tokens>
}

// CHECK-LABEL: @across
// CHECK: nn.concat
// CHECK: nn.slice %{{.*}}[1, 2] : tensor<?x7xf32, #tokens>
func.func @across(%x: tensor<?x2xf32, #tokens>, %y: tensor<?x5xf32, #tokens>) -> tensor<?x2xf32, #tokens> {
  %c = nn.concat %x, %y axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x5xf32, #tokens>) -> tensor<?x7xf32, #tokens>
  %part = nn.slice %c[1, 2] : tensor<?x7xf32, #tokens>
  return %part : tensor<?x2xf32, #tokens>
}
