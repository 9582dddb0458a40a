// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
// CHECK-LABEL: @length_one
// CHECK: nn.l2_normalize %{{.*}} : tensor<?x8xf32, #tokens>
// CHECK: nn.l2_normalize %{{.*}} eps {{.*}} : tensor<?x8xf32, #tokens>
func.func @length_one(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %y = nn.l2_normalize %x : tensor<?x8xf32, #tokens>
  %z = nn.l2_normalize %y eps 1.0e-6 : tensor<?x8xf32, #tokens>
  return %z : tensor<?x8xf32, #tokens>
}
