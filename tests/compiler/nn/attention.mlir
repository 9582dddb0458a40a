// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @attention
// CHECK: %out, %scores, %lse = nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} heads 13 scale 2.500000e-01
// CHECK-SAME: -> (tensor<?x26xf32>, tensor<?x13x?xf32>, tensor<?x13xf32>)
func.func @attention(%q: tensor<?x26xf32>, %k: tensor<?x26xf32>, %v: tensor<?x26xf32>, %offsets: tensor<?xi32>)
    -> (tensor<?x26xf32>, tensor<?x13x?xf32>, tensor<?x13xf32>) {
  %y, %s, %l = nn.attention %q, %k, %v, %offsets heads 13 scale 0.25
      : (tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x26xf32>, tensor<?xi32>) -> (tensor<?x26xf32>, tensor<?x13x?xf32>, tensor<?x13xf32>)
  return %y, %s, %l : tensor<?x26xf32>, tensor<?x13x?xf32>, tensor<?x13xf32>
}

// CHECK-LABEL: @narrow_band
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 2.500000e-01 causal window 8 :
// CHECK-SAME: -> (tensor<?x12xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
func.func @narrow_band(%q: tensor<?x26xf32>, %v: tensor<?x12xf32>, %offsets: tensor<?xi32>) -> tensor<?x12xf32> {
  %y, %s, %l = nn.attention %q, %q, %v, %offsets heads 2 scale 0.25 causal window 8
      : (tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x12xf32>, tensor<?xi32>) -> (tensor<?x12xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  return %y : tensor<?x12xf32>
}
