// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @last
// CHECK: nn.last %{{.*}}, %{{.*}} : tensor<?x8xf32>
func.func @last(%x: tensor<?x8xf32>, %offsets: tensor<?xi32>) -> tensor<?x8xf32> {
  %y = nn.last %x, %offsets : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
