// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK-LABEL: @both
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK-SAME: -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} reverse :
func.func @both(%x: tensor<?x5xf32>, %offsets: tensor<?xi32>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>)
    -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b : (tensor<?x5xf32>, tensor<?xi32>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  %z, %g, %d = nn.lstm %x, %offsets, %wi, %wh, %b reverse
      : (tensor<?x5xf32>, tensor<?xi32>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y, %z : tensor<?x3xf32>, tensor<?x3xf32>
}
