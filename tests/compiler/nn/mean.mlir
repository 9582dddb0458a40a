// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @mean
// CHECK: nn.mean %{{.*}}, %{{.*}} : tensor<?x8xf32>
func.func @mean(%x: tensor<?x8xf32>, %offsets: tensor<?xi32>) -> tensor<?x8xf32> {
  %y = nn.mean %x, %offsets : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
