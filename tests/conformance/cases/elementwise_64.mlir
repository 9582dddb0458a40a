// layer_norm, functions of one value, softmax, sums and products, in rows of 64.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x64xf32>
nn.parameter @g gain : tensor<64xf32>
nn.parameter @s normal : tensor<64xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x64xf32> {nn.output = "y"}, tensor<?x64xf32> {nn.output = "gelu"}, tensor<?x64xf32> {nn.output = "gelu_tanh"}, tensor<?x64xf32> {nn.output = "tanh"}, tensor<?x64xf32> {nn.output = "relu"}, tensor<?x64xf32> {nn.output = "sigmoid"}, tensor<?x64xf32> {nn.output = "softmax"}, tensor<?x64xf32> {nn.output = "a"}, tensor<?x64xf32> {nn.output = "m"}, tensor<?x64xf32> {nn.output = "av"}, tensor<?x64xf32> {nn.output = "mv"}) {
  %table = nn.get @table : tensor<61x64xf32>
  %x = nn.embedding %ids, %table : tensor<61x64xf32>
  %g = nn.get @g : tensor<64xf32>
  %s = nn.get @s : tensor<64xf32>
  %y = nn.layer_norm %x, %g, %s eps 1.0e-12 : tensor<?x64xf32>
  %gelu = nn.gelu %y : tensor<?x64xf32>
  %gelu_tanh = nn.gelu_tanh %y : tensor<?x64xf32>
  %tanh = nn.tanh %y : tensor<?x64xf32>
  %relu = nn.relu %y : tensor<?x64xf32>
  %sigmoid = nn.sigmoid %y : tensor<?x64xf32>
  %softmax = nn.softmax %y : tensor<?x64xf32>
  %a = nn.add %y, %x : tensor<?x64xf32>, tensor<?x64xf32>
  %m = nn.multiply %y, %tanh : tensor<?x64xf32>, tensor<?x64xf32>
  %av = nn.add %y, %s : tensor<?x64xf32>, tensor<64xf32>
  %mv = nn.multiply %y, %s : tensor<?x64xf32>, tensor<64xf32>
  return %y, %gelu, %gelu_tanh, %tanh, %relu, %sigmoid, %softmax, %a, %m, %av, %mv : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}
}
