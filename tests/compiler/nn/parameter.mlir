// RUN: clew-opt %s | clew-opt | FileCheck %s

// CHECK: nn.parameter @layer.0.query.weight normal : tensor<8x4xf32> from ["a.query.weight"]
nn.parameter @"layer.0.query.weight" normal : tensor<8x4xf32> from ["a.query.weight"]
// CHECK: nn.parameter @norm.weight gain : tensor<4xf32>
nn.parameter @norm.weight gain : tensor<4xf32>
// CHECK: nn.parameter @lstm.bias normal : tensor<16xf32> from ["b_ih", "b_hh"]
nn.parameter @lstm.bias normal : tensor<16xf32> from ["b_ih", "b_hh"]
