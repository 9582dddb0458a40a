// RUN: clew-opt %s --clew-precision=type=bf16 --cse | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: clew-opt %s --clew-precision=type=int8 --cse | FileCheck %s --check-prefixes=CHECK,S8
// RUN: clew-opt %s --clew-precision=type=f32 | FileCheck %s --check-prefix=F32
// RUN: not clew-opt %s --clew-precision=type=f16 2>&1 | FileCheck %s --check-prefix=BAD

// F32-NOT: nn.cast
// F32-NOT: nn.quantize
// BAD: clew-precision: unknown precision 'f16': expected f32, bf16 or int8

// CHECK-LABEL: @product
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<4xf32>
// BF16-NEXT: %[[CX:.*]] = nn.cast %[[X]] : tensor<?x8xf32> to tensor<?x8xbf16>
// BF16-NEXT: %[[CW:.*]] = nn.cast %[[W]] : tensor<4x8xf32> to tensor<4x8xbf16>
// BF16-NEXT: %[[Y:.*]] = nn.linear %[[CX]], %[[CW]], %[[B]] : (tensor<?x8xbf16>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<?x4xf32>
// S8-NEXT: %[[QX:.*]], %[[SX:.*]] = nn.quantize %[[X]] : tensor<?x8xf32>
// S8-NEXT: %[[QW:.*]], %[[SW:.*]] = nn.quantize %[[W]] : tensor<4x8xf32>
// S8-NEXT: %[[ACC:.*]] = nn.linear %[[QX]], %[[QW]] : (tensor<?x8xi8>, tensor<4x8xi8>) -> tensor<?x4xi32>
// S8-NEXT: %[[P:.*]] = nn.dequantize %[[ACC]], %[[SX]], %[[SW]]
// S8-NEXT: %[[Y:.*]] = nn.add %[[P]], %[[B]] : tensor<?x4xf32>, tensor<4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @product(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// One value is cast or quantized once, however many read it.
// CHECK-LABEL: @shared
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<4x8xf32>, %[[V:.*]]: tensor<2x8xf32>
// BF16: nn.cast %[[X]]
// BF16-NOT: nn.cast %[[X]]
// S8: nn.quantize %[[X]]
// S8-NOT: nn.quantize %[[X]]
// CHECK: return
func.func @shared(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %v: tensor<2x8xf32>) -> (tensor<?x4xf32>, tensor<?x2xf32>) {
  %y = nn.linear %x, %w : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %z = nn.linear %x, %v : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x2xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @recurrent
// CHECK-SAME: %[[G:.*]]: tensor<?x12xf32>, %[[W:.*]]: tensor<12x3xf32>, %[[O:.*]]: tensor<?xi32>
// BF16-NEXT: %[[CW:.*]] = nn.cast %[[W]]
// BF16-NEXT: nn.recurrence lstm %[[G]], %[[CW]], %[[O]] reverse : (tensor<?x12xf32>, tensor<12x3xbf16>, tensor<?xi32>)
// S8-NEXT: %[[QW:.*]], %[[SW:.*]] = nn.quantize %[[W]]
// S8-NEXT: nn.recurrence lstm %[[G]], %[[QW]] scales %[[SW]], %[[O]] reverse :
func.func @recurrent(%gates: tensor<?x12xf32>, %w: tensor<12x3xf32>, %offsets: tensor<?xi32>) -> tensor<?x3xf32> {
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets reverse : (tensor<?x12xf32>, tensor<12x3xf32>, tensor<?xi32>)
      -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y : tensor<?x3xf32>
}

// Attention multiplies bf16 in both precisions; its sums and results stay f32.
// CHECK-LABEL: @attention
// CHECK-SAME: %[[Q:.*]]: tensor<?x8xf32>, %[[K:.*]]: tensor<?x8xf32>, %[[V:.*]]: tensor<?x8xf32>, %[[O:.*]]: tensor<?xi32>
// CHECK-NEXT: %[[CQ:.*]] = nn.cast %[[Q]]
// CHECK-NEXT: %[[CK:.*]] = nn.cast %[[K]]
// CHECK-NEXT: %[[CV:.*]] = nn.cast %[[V]]
// CHECK-NEXT: %[[Y:.*]], %{{.*}}, %{{.*}} = nn.attention %[[CQ]], %[[CK]], %[[CV]], %[[O]] heads 2
// CHECK-SAME: (tensor<?x8xbf16>, tensor<?x8xbf16>, tensor<?x8xbf16>, tensor<?xi32>) -> (tensor<?x8xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
// CHECK-NEXT: return %[[Y]]
func.func @attention(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %o: tensor<?xi32>) -> tensor<?x8xf32> {
  %y, %s, %l = nn.attention %q, %k, %v, %o heads 2 scale 5.000000e-01 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xi32>)
      -> (tensor<?x8xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  return %y : tensor<?x8xf32>
}

// Heads stay f32: products over sequences, and what becomes the output "logits" or "pooled".
// CHECK-LABEL: @heads
// CHECK-NOT: nn.cast
// CHECK-NOT: nn.quantize
// CHECK: return
func.func @heads(%x: tensor<?x8xf32>, %offsets: tensor<?xi32> {nn.input = "offsets"}, %w: tensor<8x8xf32>)
    -> (tensor<?x8xf32> {nn.output = "logits"}, tensor<?x8xf32> {nn.output = "pooled"}, tensor<?x8xf32> {nn.output = "other"}) {
  %logits = nn.linear %x, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %p = nn.linear %x, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %pooled = nn.tanh %p : tensor<?x8xf32>
  %first = nn.first %x, %offsets : tensor<?x8xf32>
  %other = nn.linear %first, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %logits, %pooled, %other : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}
