// The best path through 21 labels.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x24xf32>
nn.parameter @ew normal : tensor<21x24xf32>
nn.parameter @eb normal : tensor<21xf32>
nn.parameter @t normal : tensor<21x21xf32>
nn.parameter @s normal : tensor<21xf32>
nn.parameter @z normal : tensor<21xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x21xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x24xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x24xf32>
  %ew = nn.get @ew : tensor<21x24xf32>
  %eb = nn.get @eb : tensor<21xf32>
  %e = nn.linear %x, %ew, %eb : (tensor<?x24xf32, #tokens>, tensor<21x24xf32>, tensor<21xf32>) -> tensor<?x21xf32, #tokens>
  %t = nn.get @t : tensor<21x21xf32>
  %s = nn.get @s : tensor<21xf32>
  %z = nn.get @z : tensor<21xf32>
  %y = nn.viterbi %e, %offsets, %t, %s, %z : tensor<?x21xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<21x21xf32>
  return %y : tensor<?x21xf32, #tokens>
}
}
