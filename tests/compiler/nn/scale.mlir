// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
// CHECK-LABEL: @main
// CHECK: nn.scale %{{.*}} factor 5.000000e-01 : tensor<?x4xf32, #batch>
func.func @main(%x: tensor<?x4xf32, #batch>) -> tensor<?x4xf32, #batch> {
  %y = nn.scale %x factor 0.5 : tensor<?x4xf32, #batch>
  return %y : tensor<?x4xf32, #batch>
}
