// T5's: a number for each bucket of distances and each head, added to the scores; distances end before the sequences do.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x36xf32>
nn.parameter @vw normal : tensor<36x36xf32>
nn.parameter @kw normal : tensor<36x36xf32>
nn.parameter @buckets gain : tensor<12x3xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x36xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x36xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x36xf32>
  %kw = nn.get @kw : tensor<36x36xf32>
  %k = nn.linear %x, %kw : (tensor<?x36xf32, #tokens>, tensor<36x36xf32>) -> tensor<?x36xf32, #tokens>
  %vw = nn.get @vw : tensor<36x36xf32>
  %v = nn.linear %x, %vw : (tensor<?x36xf32, #tokens>, tensor<36x36xf32>) -> tensor<?x36xf32, #tokens>
  %buckets = nn.get @buckets : tensor<12x3xf32>
  %biases = nn.buckets %buckets furthest 20 : tensor<12x3xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets biases %biases heads 3 scale 3.000000e-01 : (tensor<?x36xf32, #tokens>, tensor<?x36xf32, #tokens>, tensor<?x36xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<41x3xf32>) -> (tensor<?x36xf32, #tokens>, tensor<?x3x?xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return %y : tensor<?x36xf32, #tokens>
}
}
