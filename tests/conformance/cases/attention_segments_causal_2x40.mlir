// Keys of segments that the heads share, with a negative scale, of tokens before each other.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x80xf32>
nn.parameter @vw normal : tensor<80x80xf32>
nn.parameter @kw normal : tensor<80x80xf32>
nn.parameter @keys gain : tensor<2x40xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %segments: tensor<?xi32, #tokens> {nn.input = "segments"}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x80xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x80xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x80xf32>
  %kw = nn.get @kw : tensor<80x80xf32>
  %k = nn.linear %x, %kw : (tensor<?x80xf32, #tokens>, tensor<80x80xf32>) -> tensor<?x80xf32, #tokens>
  %vw = nn.get @vw : tensor<80x80xf32>
  %v = nn.linear %x, %vw : (tensor<?x80xf32, #tokens>, tensor<80x80xf32>) -> tensor<?x80xf32, #tokens>
  %keys = nn.get @keys : tensor<2x40xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets segments %segments, %keys heads 2 scale -3.000000e-01 causal window 19 : (tensor<?x80xf32, #tokens>, tensor<?x80xf32, #tokens>, tensor<?x80xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<?xi32, #tokens>, tensor<2x40xf32>) -> (tensor<?x80xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x80xf32, #tokens>
}
}
