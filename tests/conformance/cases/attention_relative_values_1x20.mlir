// Relative values alone, a table of one row; keys and values of unlike width.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x20xf32>
nn.parameter @vw normal : tensor<36x20xf32>
nn.parameter @kw normal : tensor<20x20xf32>
nn.parameter @values gain : tensor<1x36xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x36xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x20xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x20xf32>
  %kw = nn.get @kw : tensor<20x20xf32>
  %k = nn.linear %x, %kw : (tensor<?x20xf32, #tokens>, tensor<20x20xf32>) -> tensor<?x20xf32, #tokens>
  %vw = nn.get @vw : tensor<36x20xf32>
  %v = nn.linear %x, %vw : (tensor<?x20xf32, #tokens>, tensor<36x20xf32>) -> tensor<?x36xf32, #tokens>
  %values = nn.get @values : tensor<1x36xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets values %values heads 1 scale 3.000000e-01 : (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #tokens>, tensor<?x36xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<1x36xf32>) -> (tensor<?x36xf32, #tokens>, tensor<?x1x?xf32, #tokens>, tensor<?x1xf32, #tokens>)
  return %y : tensor<?x36xf32, #tokens>
}
}
