// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @length_one
// CHECK: nn.l2_normalize %{{.*}} : tensor<?x8xf32>
// CHECK: nn.l2_normalize %{{.*}} eps {{.*}} : tensor<?x8xf32>
func.func @length_one(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = nn.l2_normalize %x : tensor<?x8xf32>
  %z = nn.l2_normalize %y eps 1.0e-6 : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
