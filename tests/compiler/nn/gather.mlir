// RUN: clew-opt %s | clew-opt | FileCheck %s

#tokens = #nn.of<"tokens">
#masks = #nn.of<"masks">
// CHECK-LABEL: @main
// CHECK: nn.gather %{{.*}}, %{{.*}} : tensor<?x4xf32, #tokens>, tensor<?xi32, #masks>
func.func @main(%x: tensor<?x4xf32, #tokens>, %rows: tensor<?xi32, #masks> {nn.input = "masks", nn.at = "tokens"}) -> tensor<?x4xf32, #masks> {
  %y = nn.gather %x, %rows : tensor<?x4xf32, #tokens>, tensor<?xi32, #masks>
  return %y : tensor<?x4xf32, #masks>
}
