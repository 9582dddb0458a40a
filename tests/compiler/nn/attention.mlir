// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @attention
// CHECK: %out, %scores, %lse = nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} heads 13 scale 2.500000e-01
// CHECK-SAME: -> (tensor<?x26xf32, #tokens>, tensor<?x13x?xf32, #tokens>, tensor<?x13xf32, #tokens>)
func.func @attention(%q: tensor<?x26xf32, #tokens>, %k: tensor<?x26xf32, #tokens>, %v: tensor<?x26xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>)
    -> (tensor<?x26xf32, #tokens>, tensor<?x13x?xf32, #tokens>, tensor<?x13xf32, #tokens>) {
  %y, %s, %l = nn.attention %q, %k, %v, %offsets heads 13 scale 0.25
      : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x26xf32, #tokens>, tensor<?x13x?xf32, #tokens>, tensor<?x13xf32, #tokens>)
  return %y, %s, %l : tensor<?x26xf32, #tokens>, tensor<?x13x?xf32, #tokens>, tensor<?x13xf32, #tokens>
}

// CHECK-LABEL: @narrow_band
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 2.500000e-01 causal window 8 :
// CHECK-SAME: -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
func.func @narrow_band(%q: tensor<?x26xf32, #tokens>, %v: tensor<?x12xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x12xf32, #tokens> {
  %y, %s, %l = nn.attention %q, %q, %v, %offsets heads 2 scale 0.25 causal window 8
      : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x12xf32, #tokens>
}

// CHECK-LABEL: @relative
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} keys %{{.*}} values %{{.*}} by %{{.*}} heads 2 scale 2.500000e-01 :
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} values %{{.*}} heads 2 scale
func.func @relative(%q: tensor<?x12xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %keys: tensor<5x12xf32>, %values: tensor<3x6xf32>)
    -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>) {
  %y, %s, %l = nn.attention %q, %q, %q, %offsets keys %keys values %values by %q heads 2 scale 0.25
      : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<5x12xf32>, tensor<3x6xf32>, tensor<?x12xf32, #tokens>) -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  %z, %t, %m = nn.attention %q, %q, %q, %offsets values %values heads 2 scale 0.25
      : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<3x6xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y, %z : tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>
}

// CHECK-LABEL: @terms
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} biases %{{.*}} segments %{{.*}}, %{{.*}} met by %{{.*}} heads 2 scale 2.500000e-01 :
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} segments %{{.*}}, %{{.*}} heads 2 scale
func.func @terms(%q: tensor<?x12xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %segments: tensor<?xi32, #tokens>, %keys: tensor<2x12xf32>, %biases: tensor<5x2xf32>)
    -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>) {
  %y, %s, %l = nn.attention %q, %q, %q, %offsets biases %biases segments %segments, %keys met by %q heads 2 scale 0.25
      : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<5x2xf32>, tensor<?xi32, #tokens>, tensor<2x12xf32>, tensor<?x12xf32, #tokens>) -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  %z, %t, %m = nn.attention %q, %q, %q, %offsets segments %segments, %keys heads 2 scale 0.25
      : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<?xi32, #tokens>, tensor<2x12xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y, %z : tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>
}
