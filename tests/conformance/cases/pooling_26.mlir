// First, last, mean and max over the tokens, and what is made of them.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table normal : tensor<61x26xf32>
nn.parameter @yw normal : tensor<5x26xf32>
nn.parameter @yb normal : tensor<5xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x26xf32, #batch> {nn.output = "f"}, tensor<?x26xf32, #batch> {nn.output = "l"}, tensor<?x26xf32, #batch> {nn.output = "a"}, tensor<?x26xf32, #batch> {nn.output = "m"}, tensor<?x26xf32, #batch> {nn.output = "n"}, tensor<?x5xf32, #batch> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %f = nn.first %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %l = nn.last %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %a = nn.mean %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %m = nn.max %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %s = nn.add %a, %m : tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>
  %n = nn.l2_normalize %s : tensor<?x26xf32, #batch>
  %yw = nn.get @yw : tensor<5x26xf32>
  %yb = nn.get @yb : tensor<5xf32>
  %y = nn.linear %n, %yw, %yb : (tensor<?x26xf32, #batch>, tensor<5x26xf32>, tensor<5xf32>) -> tensor<?x5xf32, #batch>
  return %f, %l, %a, %m, %n, %y : tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x5xf32, #batch>
}
}
