// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @main
// CHECK: nn.buckets %{{.*}} furthest 128 : tensor<32x12xf32>
// CHECK: nn.buckets %{{.*}} furthest 20 causal : tensor<32x12xf32>
func.func @main(%x: tensor<32x12xf32>) -> (tensor<257x12xf32>, tensor<41x12xf32>) {
  %y = nn.buckets %x furthest 128 : tensor<32x12xf32>
  %z = nn.buckets %x furthest 20 causal : tensor<32x12xf32>
  return %y, %z : tensor<257x12xf32>, tensor<41x12xf32>
}
