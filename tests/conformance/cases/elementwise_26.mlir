// layer_norm, functions of one value, softmax, sums and products, in rows of 26.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @g gain : tensor<26xf32>
nn.parameter @s normal : tensor<26xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x26xf32, #tokens> {nn.output = "y"}, tensor<?x26xf32, #tokens> {nn.output = "gelu"}, tensor<?x26xf32, #tokens> {nn.output = "gelu_tanh"}, tensor<?x26xf32, #tokens> {nn.output = "tanh"}, tensor<?x26xf32, #tokens> {nn.output = "relu"}, tensor<?x26xf32, #tokens> {nn.output = "sigmoid"}, tensor<?x26xf32, #tokens> {nn.output = "softmax"}, tensor<?x26xf32, #tokens> {nn.output = "a"}, tensor<?x26xf32, #tokens> {nn.output = "m"}, tensor<?x26xf32, #tokens> {nn.output = "av"}, tensor<?x26xf32, #tokens> {nn.output = "mv"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %g = nn.get @g : tensor<26xf32>
  %s = nn.get @s : tensor<26xf32>
  %y = nn.layer_norm %x, %g, %s eps 1.0e-12 : tensor<?x26xf32, #tokens>
  %gelu = nn.gelu %y : tensor<?x26xf32, #tokens>
  %gelu_tanh = nn.gelu_tanh %y : tensor<?x26xf32, #tokens>
  %tanh = nn.tanh %y : tensor<?x26xf32, #tokens>
  %relu = nn.relu %y : tensor<?x26xf32, #tokens>
  %sigmoid = nn.sigmoid %y : tensor<?x26xf32, #tokens>
  %softmax = nn.softmax %y : tensor<?x26xf32, #tokens>
  %a = nn.add %y, %x : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>
  %m = nn.multiply %y, %tanh : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>
  %av = nn.add %y, %s : tensor<?x26xf32, #tokens>, tensor<26xf32>
  %mv = nn.multiply %y, %s : tensor<?x26xf32, #tokens>, tensor<26xf32>
  return %y, %gelu, %gelu_tanh, %tanh, %relu, %sigmoid, %softmax, %a, %m, %av, %mv : tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>
}
}
