// Positions, the first token, and columns beside each other.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @pos normal : tensor<512x26xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x26xf32, #tokens> {nn.output = "s"}, tensor<?x26xf32, #batch> {nn.output = "g"}, tensor<?x52xf32, #tokens> {nn.output = "c"}, tensor<?x12xf32, #tokens> {nn.output = "d"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %pos = nn.get @pos : tensor<512x26xf32>
  %i = nn.positions %offsets : tensor<?xi32, #tokens_in_batch>
  %e = nn.embedding %i, %pos : tensor<?xi32, #tokens>, tensor<512x26xf32>
  %s = nn.add %x, %e : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>
  %f = nn.first %s, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %g = nn.tanh %f : tensor<?x26xf32, #batch>
  %c = nn.concat %s, %x axis 1 : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>) -> tensor<?x52xf32, #tokens>
  %d = nn.slice %c[20, 12] : tensor<?x52xf32, #tokens>
  return %s, %g, %c, %d : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x52xf32, #tokens>, tensor<?x12xf32, #tokens>
}
}
