// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @first
// CHECK: nn.first %{{.*}}, %{{.*}} : tensor<?x8xf32>
func.func @first(%x: tensor<?x8xf32>, %offsets: tensor<?xi32>) -> tensor<?x8xf32> {
  %y = nn.first %x, %offsets : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
