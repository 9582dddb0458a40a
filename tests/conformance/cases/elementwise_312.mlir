// layer_norm, functions of one value, softmax, sums and products, in rows of 312.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x312xf32>
nn.parameter @g gain : tensor<312xf32>
nn.parameter @s normal : tensor<312xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x312xf32> {nn.output = "y"}, tensor<?x312xf32> {nn.output = "gelu"}, tensor<?x312xf32> {nn.output = "gelu_tanh"}, tensor<?x312xf32> {nn.output = "tanh"}, tensor<?x312xf32> {nn.output = "relu"}, tensor<?x312xf32> {nn.output = "sigmoid"}, tensor<?x312xf32> {nn.output = "softmax"}, tensor<?x312xf32> {nn.output = "a"}, tensor<?x312xf32> {nn.output = "m"}, tensor<?x312xf32> {nn.output = "av"}, tensor<?x312xf32> {nn.output = "mv"}) {
  %table = nn.get @table : tensor<61x312xf32>
  %x = nn.embedding %ids, %table : tensor<61x312xf32>
  %g = nn.get @g : tensor<312xf32>
  %s = nn.get @s : tensor<312xf32>
  %y = nn.layer_norm %x, %g, %s eps 1.0e-12 : tensor<?x312xf32>
  %gelu = nn.gelu %y : tensor<?x312xf32>
  %gelu_tanh = nn.gelu_tanh %y : tensor<?x312xf32>
  %tanh = nn.tanh %y : tensor<?x312xf32>
  %relu = nn.relu %y : tensor<?x312xf32>
  %sigmoid = nn.sigmoid %y : tensor<?x312xf32>
  %softmax = nn.softmax %y : tensor<?x312xf32>
  %a = nn.add %y, %x : tensor<?x312xf32>, tensor<?x312xf32>
  %m = nn.multiply %y, %tanh : tensor<?x312xf32>, tensor<?x312xf32>
  %av = nn.add %y, %s : tensor<?x312xf32>, tensor<312xf32>
  %mv = nn.multiply %y, %s : tensor<?x312xf32>, tensor<312xf32>
  return %y, %gelu, %gelu_tanh, %tanh, %relu, %sigmoid, %softmax, %a, %m, %av, %mv : tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>, tensor<?x312xf32>
}
}
