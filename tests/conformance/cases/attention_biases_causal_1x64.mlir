// Biases of one head that reach beyond all sequences, beside relative values.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x64xf32>
nn.parameter @vw normal : tensor<64x64xf32>
nn.parameter @kw normal : tensor<64x64xf32>
nn.parameter @biases gain : tensor<401x1xf32>
nn.parameter @values gain : tensor<9x64xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x64xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x64xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x64xf32>
  %kw = nn.get @kw : tensor<64x64xf32>
  %k = nn.linear %x, %kw : (tensor<?x64xf32, #tokens>, tensor<64x64xf32>) -> tensor<?x64xf32, #tokens>
  %vw = nn.get @vw : tensor<64x64xf32>
  %v = nn.linear %x, %vw : (tensor<?x64xf32, #tokens>, tensor<64x64xf32>) -> tensor<?x64xf32, #tokens>
  %biases = nn.get @biases : tensor<401x1xf32>
  %values = nn.get @values : tensor<9x64xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets values %values biases %biases heads 1 scale 3.000000e-01 causal : (tensor<?x64xf32, #tokens>, tensor<?x64xf32, #tokens>, tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x64xf32>, tensor<401x1xf32>) -> (tensor<?x64xf32, #tokens>, tensor<?x1x?xf32, #tokens>, tensor<?x1xf32, #tokens>)
  return %y : tensor<?x64xf32, #tokens>
}
}
