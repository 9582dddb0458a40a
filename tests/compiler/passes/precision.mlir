// RUN: clew-opt %s --clew-precision=type=bf16 --cse | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: clew-opt %s --clew-precision=type=int8 --cse | FileCheck %s --check-prefixes=CHECK,S8
// RUN: clew-opt %s --clew-precision=type=f32 | FileCheck %s --check-prefix=F32
// RUN: not clew-opt %s --clew-precision=type=f16 2>&1 | FileCheck %s --check-prefix=BAD

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">

// F32-NOT: nn.cast
// F32-NOT: nn.quantize
// BAD: clew-precision: unknown precision 'f16': expected f32, bf16 or int8

// CHECK-LABEL: @product
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32, #tokens>, %[[W:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<4xf32>
// BF16-NEXT: %[[CX:.*]] = nn.cast %[[X]] : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
// BF16-NEXT: %[[CW:.*]] = nn.cast %[[W]] : tensor<4x8xf32> to tensor<4x8xbf16>
// BF16-NEXT: %[[Y:.*]] = nn.linear %[[CX]], %[[CW]], %[[B]] : (tensor<?x8xbf16, #tokens>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
// S8-NEXT: %[[QX:.*]], %[[SX:.*]] = nn.quantize %[[X]] : tensor<?x8xf32, #tokens>
// S8-NEXT: %[[QW:.*]], %[[SW:.*]] = nn.quantize %[[W]] : tensor<4x8xf32>
// S8-NEXT: %[[ACC:.*]] = nn.linear %[[QX]], %[[QW]] : (tensor<?x8xi8, #tokens>, tensor<4x8xi8>) -> tensor<?x4xi32, #tokens>
// S8-NEXT: %[[P:.*]] = nn.dequantize %[[ACC]], %[[SX]], %[[SW]]
// S8-NEXT: %[[Y:.*]] = nn.add %[[P]], %[[B]] : tensor<?x4xf32, #tokens>, tensor<4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @product(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32, #tokens> {
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// One value is cast or quantized once, however many read it.
// CHECK-LABEL: @shared
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32, #tokens>, %[[W:.*]]: tensor<4x8xf32>, %[[V:.*]]: tensor<2x8xf32>
// BF16: nn.cast %[[X]]
// BF16-NOT: nn.cast %[[X]]
// S8: nn.quantize %[[X]]
// S8-NOT: nn.quantize %[[X]]
// CHECK: return
func.func @shared(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x8xf32>, %v: tensor<2x8xf32>) -> (tensor<?x4xf32, #tokens>, tensor<?x2xf32, #tokens>) {
  %y = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %z = nn.linear %x, %v : (tensor<?x8xf32, #tokens>, tensor<2x8xf32>) -> tensor<?x2xf32, #tokens>
  return %y, %z : tensor<?x4xf32, #tokens>, tensor<?x2xf32, #tokens>
}

// CHECK-LABEL: @recurrent
// CHECK-SAME: %[[G:.*]]: tensor<?x12xf32, #tokens>, %[[W:.*]]: tensor<12x3xf32>, %[[O:.*]]: tensor<?xi32, #tokens_in_batch>
// BF16-NEXT: %[[CW:.*]] = nn.cast %[[W]]
// BF16-NEXT: nn.recurrence lstm %[[G]], %[[CW]], %[[O]] reverse : (tensor<?x12xf32, #tokens>, tensor<12x3xbf16>, tensor<?xi32, #tokens_in_batch>)
// S8-NEXT: %[[QW:.*]], %[[SW:.*]] = nn.quantize %[[W]]
// S8-NEXT: nn.recurrence lstm %[[G]], %[[QW]] scales %[[SW]], %[[O]] reverse :
func.func @recurrent(%gates: tensor<?x12xf32, #tokens>, %w: tensor<12x3xf32>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x3xf32, #tokens> {
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets reverse : (tensor<?x12xf32, #tokens>, tensor<12x3xf32>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y : tensor<?x3xf32, #tokens>
}

// Attention multiplies bf16 in both precisions; its sums and results stay f32.
// CHECK-LABEL: @attention
// CHECK-SAME: %[[Q:.*]]: tensor<?x8xf32, #tokens>, %[[K:.*]]: tensor<?x8xf32, #tokens>, %[[V:.*]]: tensor<?x8xf32, #tokens>, %[[O:.*]]: tensor<?xi32, #tokens_in_batch>
// CHECK-NEXT: %[[CQ:.*]] = nn.cast %[[Q]]
// CHECK-NEXT: %[[CK:.*]] = nn.cast %[[K]]
// CHECK-NEXT: %[[CV:.*]] = nn.cast %[[V]]
// CHECK-NEXT: %[[Y:.*]], %{{.*}}, %{{.*}} = nn.attention %[[CQ]], %[[CK]], %[[CV]], %[[O]] heads 2
// CHECK-SAME: (tensor<?x8xbf16, #tokens>, tensor<?x8xbf16, #tokens>, tensor<?x8xbf16, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
// CHECK-NEXT: return %[[Y]]
func.func @attention(%q: tensor<?x8xf32, #tokens>, %k: tensor<?x8xf32, #tokens>, %v: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens> {
  %y, %s, %l = nn.attention %q, %k, %v, %o heads 2 scale 5.000000e-01 : (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// Heads stay f32: products over sequences, and what becomes the output "logits" or "pooled".
// CHECK-LABEL: @heads
// CHECK-NOT: nn.cast
// CHECK-NOT: nn.quantize
// CHECK: return
func.func @heads(%x: tensor<?x8xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}, %w: tensor<8x8xf32>)
    -> (tensor<?x8xf32, #tokens> {nn.output = "logits"}, tensor<?x8xf32, #tokens> {nn.output = "pooled"}, tensor<?x8xf32, #batch> {nn.output = "other"}) {
  %logits = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>) -> tensor<?x8xf32, #tokens>
  %p = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>) -> tensor<?x8xf32, #tokens>
  %pooled = nn.tanh %p : tensor<?x8xf32, #tokens>
  %first = nn.first %x, %offsets : tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %other = nn.linear %first, %w : (tensor<?x8xf32, #batch>, tensor<8x8xf32>) -> tensor<?x8xf32, #batch>
  return %logits, %pooled, %other : tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x8xf32, #batch>
}

// What a model keeps: f32 in every precision, bf16 where others are s8. Weights of several parameters are as the most precise of them.
nn.parameter @exact normal : tensor<4x8xf32> {nn.keep = "f32"}
nn.parameter @half normal : tensor<4x8xf32> {nn.keep = "bf16"}
nn.parameter @any normal : tensor<4x8xf32>
nn.parameter @state normal : tensor<12x3xf32> {nn.keep = "bf16"}

// CHECK-LABEL: @kept
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32, #tokens>, %[[G:.*]]: tensor<?x12xf32, #tokens>
// CHECK-DAG: %[[EXACT:.*]] = nn.get @exact
// CHECK-DAG: nn.linear %[[X]], %[[EXACT]] : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>)
// CHECK-DAG: nn.linear %{{.*}}, %{{.*}} : (tensor<?x8xbf16, #tokens>, tensor<4x8xbf16>)
// CHECK-DAG: %[[BOTH:.*]] = nn.concat
// CHECK-DAG: nn.linear %[[X]], %[[BOTH]] : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>)
// CHECK-DAG: nn.recurrence lstm %[[G]], %{{.*}}, %{{.*}} : (tensor<?x12xf32, #tokens>, tensor<12x3xbf16>
// CHECK: return
func.func @kept(%x: tensor<?x8xf32, #tokens>, %gates: tensor<?x12xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>)
    -> (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %exact = nn.get @exact : tensor<4x8xf32>
  %half = nn.get @half : tensor<4x8xf32>
  %any = nn.get @any : tensor<4x8xf32>
  %state = nn.get @state : tensor<12x3xf32>
  %both = nn.concat %any, %exact axis 0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %a = nn.linear %x, %exact : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %b = nn.linear %x, %half : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %c = nn.linear %x, %both : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>) -> tensor<?x8xf32, #tokens>
  %y, %h, %n = nn.recurrence lstm %gates, %state, %offsets : (tensor<?x12xf32, #tokens>, tensor<12x3xf32>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %a, %b, %c, %y : tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x3xf32, #tokens>
}
