// RUN: clew-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @narrow
// CHECK: nn.cast %{{.*}} : tensor<?x8xf32> to tensor<?x8xbf16>
func.func @narrow(%x: tensor<?x8xf32>) -> tensor<?x8xbf16> {
  %y = nn.cast %x : tensor<?x8xf32> to tensor<?x8xbf16>
  return %y : tensor<?x8xbf16>
}

// Widening and back is exact.
// CHECK-LABEL: @there_and_back
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @there_and_back(%x: tensor<?x8xbf16>) -> tensor<?x8xbf16> {
  %y = nn.cast %x : tensor<?x8xbf16> to tensor<?x8xf32>
  %z = nn.cast %y : tensor<?x8xf32> to tensor<?x8xbf16>
  return %z : tensor<?x8xbf16>
}

// Narrowing and back is not: both stay.
// CHECK-LABEL: @rounded
// CHECK-COUNT-2: nn.cast
func.func @rounded(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = nn.cast %x : tensor<?x8xf32> to tensor<?x8xbf16>
  %z = nn.cast %y : tensor<?x8xbf16> to tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
