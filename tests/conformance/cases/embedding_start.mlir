// Tables that are read from a row of their own on.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<64x26xf32>
nn.parameter @pos normal : tensor<514x26xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x26xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<64x26xf32>
  %x = nn.embedding %ids, %table start 3 : tensor<?xi32, #tokens>, tensor<64x26xf32>
  %p = nn.get @pos : tensor<514x26xf32>
  %i = nn.positions %offsets : tensor<?xi32, #tokens_in_batch>
  %e = nn.embedding %i, %p start 2 : tensor<?xi32, #tokens>, tensor<514x26xf32>
  %y = nn.add %x, %e : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>
  return %y : tensor<?x26xf32, #tokens>
}
}
