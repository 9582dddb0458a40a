// The best path through 9 labels whose moves are those of BIOES.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x24xf32>
nn.parameter @ew normal : tensor<9x24xf32>
nn.parameter @t normal : tensor<9x9xf32>
nn.parameter @s normal : tensor<9xf32>
nn.parameter @z normal : tensor<9xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x9xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x24xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x24xf32>
  %ew = nn.get @ew : tensor<9x24xf32>
  %t = nn.get @t : tensor<9x9xf32>
  %s = nn.get @s : tensor<9xf32>
  %z = nn.get @z : tensor<9xf32>
  %e = nn.linear %x, %ew : (tensor<?x24xf32, #tokens>, tensor<9x24xf32>) -> tensor<?x9xf32, #tokens>
  %y = nn.viterbi %e, %offsets, %t, %s, %z moves bioes : tensor<?x9xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x9xf32>
  return %y : tensor<?x9xf32, #tokens>
}
}
