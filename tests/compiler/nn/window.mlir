// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @main
// CHECK: nn.window %{{.*}}, %{{.*}} size 3 before 1 : tensor<?x4xf32>
func.func @main(%x: tensor<?x4xf32>, %offsets: tensor<?xi32>) -> tensor<?x12xf32> {
  %y = nn.window %x, %offsets size 3 before 1 : tensor<?x4xf32>
  return %y : tensor<?x12xf32>
}
