// Tables that are read from a row of their own on.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<64x26xf32>
nn.parameter @pos normal : tensor<514x26xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x26xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<64x26xf32>
  %x = nn.embedding %ids, %table start 3 : tensor<64x26xf32>
  %p = nn.get @pos : tensor<514x26xf32>
  %i = nn.positions %offsets
  %e = nn.embedding %i, %p start 2 : tensor<514x26xf32>
  %y = nn.add %x, %e : tensor<?x26xf32>, tensor<?x26xf32>
  return %y : tensor<?x26xf32>
}
}
