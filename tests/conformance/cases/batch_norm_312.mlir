// Batch normalization of tokens, by itself and under other loops, and of what sequences are pooled to.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x312xf32>
nn.parameter @weight gain : tensor<312xf32>
nn.parameter @bias normal : tensor<312xf32>
nn.parameter @mean normal : tensor<312xf32>
nn.parameter @variance gain : tensor<312xf32>
nn.parameter @out normal : tensor<36x312xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x36xf32, #batch> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x312xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x312xf32>
  %weight = nn.get @weight : tensor<312xf32>
  %bias = nn.get @bias : tensor<312xf32>
  %mean = nn.get @mean : tensor<312xf32>
  %variance = nn.get @variance : tensor<312xf32>
  %n = nn.batch_norm %x, %weight, %bias, %mean, %variance : (tensor<?x312xf32, #tokens>, tensor<312xf32>, tensor<312xf32>, tensor<312xf32>, tensor<312xf32>) -> tensor<?x312xf32, #tokens>
  %r = nn.relu %n : tensor<?x312xf32, #tokens>
  %p = nn.max %r, %offsets : tensor<?x312xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %q = nn.batch_norm %p, %weight, %bias, %mean, %variance eps 1.0e-3 : (tensor<?x312xf32, #batch>, tensor<312xf32>, tensor<312xf32>, tensor<312xf32>, tensor<312xf32>) -> tensor<?x312xf32, #batch>
  %out = nn.get @out : tensor<36x312xf32>
  %y = nn.linear %q, %out : (tensor<?x312xf32, #batch>, tensor<36x312xf32>) -> tensor<?x36xf32, #batch>
  return %y : tensor<?x36xf32, #batch>
}
}
