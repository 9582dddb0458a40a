// Positions, the first token, and columns beside each other.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @pos normal : tensor<512x26xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x26xf32> {nn.output = "s"}, tensor<?x26xf32> {nn.output = "g"}, tensor<?x52xf32> {nn.output = "c"}, tensor<?x12xf32> {nn.output = "d"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<61x26xf32>
  %pos = nn.get @pos : tensor<512x26xf32>
  %i = nn.positions %offsets
  %e = nn.embedding %i, %pos : tensor<512x26xf32>
  %s = nn.add %x, %e : tensor<?x26xf32>, tensor<?x26xf32>
  %f = nn.first %s, %offsets : tensor<?x26xf32>
  %g = nn.tanh %f : tensor<?x26xf32>
  %c = nn.concat %s, %x axis 1 : (tensor<?x26xf32>, tensor<?x26xf32>) -> tensor<?x52xf32>
  %d = nn.slice %c[20, 12] : tensor<?x52xf32>
  return %s, %g, %c, %d : tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x52xf32>, tensor<?x12xf32>
}
}
