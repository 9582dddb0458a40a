// Keys for whether two tokens are of one segment, of each head, which q itself meets.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x128xf32>
nn.parameter @vw normal : tensor<128x128xf32>
nn.parameter @kw normal : tensor<128x128xf32>
nn.parameter @keys gain : tensor<2x128xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %segments: tensor<?xi32, #tokens> {nn.input = "segments"}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x128xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x128xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x128xf32>
  %kw = nn.get @kw : tensor<128x128xf32>
  %k = nn.linear %x, %kw : (tensor<?x128xf32, #tokens>, tensor<128x128xf32>) -> tensor<?x128xf32, #tokens>
  %vw = nn.get @vw : tensor<128x128xf32>
  %v = nn.linear %x, %vw : (tensor<?x128xf32, #tokens>, tensor<128x128xf32>) -> tensor<?x128xf32, #tokens>
  %keys = nn.get @keys : tensor<2x128xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets segments %segments, %keys heads 2 scale 3.000000e-01 : (tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<?xi32, #tokens>, tensor<2x128xf32>) -> (tensor<?x128xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x128xf32, #tokens>
}
}
