// RUN: clew-opt %s --canonicalize | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @narrow
// CHECK: nn.cast %{{.*}} : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
func.func @narrow(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xbf16, #tokens> {
  %y = nn.cast %x : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  return %y : tensor<?x8xbf16, #tokens>
}

// Widening and back is exact.
// CHECK-LABEL: @there_and_back
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @there_and_back(%x: tensor<?x8xbf16, #tokens>) -> tensor<?x8xbf16, #tokens> {
  %y = nn.cast %x : tensor<?x8xbf16, #tokens> to tensor<?x8xf32, #tokens>
  %z = nn.cast %y : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  return %z : tensor<?x8xbf16, #tokens>
}

// Narrowing and back is not: both stay.
// CHECK-LABEL: @rounded
// CHECK-COUNT-2: nn.cast
func.func @rounded(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %y = nn.cast %x : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  %z = nn.cast %y : tensor<?x8xbf16, #tokens> to tensor<?x8xf32, #tokens>
  return %z : tensor<?x8xf32, #tokens>
}
