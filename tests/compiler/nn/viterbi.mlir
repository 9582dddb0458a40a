// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @path
// CHECK: nn.viterbi %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x9xf32>, tensor<9x9xf32>
func.func @path(%x: tensor<?x9xf32>, %offsets: tensor<?xi32>, %t: tensor<9x9xf32>, %s: tensor<9xf32>, %e: tensor<9xf32>)
    -> tensor<?x9xf32> {
  %y = nn.viterbi %x, %offsets, %t, %s, %e : tensor<?x9xf32>, tensor<9x9xf32>
  return %y : tensor<?x9xf32>
}
