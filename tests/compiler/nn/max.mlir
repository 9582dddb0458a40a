// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @max
// CHECK: nn.max %{{.*}}, %{{.*}} : tensor<?x8xf32>
func.func @max(%x: tensor<?x8xf32>, %offsets: tensor<?xi32>) -> tensor<?x8xf32> {
  %y = nn.max %x, %offsets : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
