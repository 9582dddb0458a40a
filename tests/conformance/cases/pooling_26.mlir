// First, last, mean and max over the tokens, and what is made of them.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table normal : tensor<61x26xf32>
nn.parameter @yw normal : tensor<5x26xf32>
nn.parameter @yb normal : tensor<5xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x26xf32> {nn.output = "f"}, tensor<?x26xf32> {nn.output = "l"}, tensor<?x26xf32> {nn.output = "a"}, tensor<?x26xf32> {nn.output = "m"}, tensor<?x26xf32> {nn.output = "n"}, tensor<?x5xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<61x26xf32>
  %f = nn.first %x, %offsets : tensor<?x26xf32>
  %l = nn.last %x, %offsets : tensor<?x26xf32>
  %a = nn.mean %x, %offsets : tensor<?x26xf32>
  %m = nn.max %x, %offsets : tensor<?x26xf32>
  %s = nn.add %a, %m : tensor<?x26xf32>, tensor<?x26xf32>
  %n = nn.l2_normalize %s : tensor<?x26xf32>
  %yw = nn.get @yw : tensor<5x26xf32>
  %yb = nn.get @yb : tensor<5xf32>
  %y = nn.linear %n, %yw, %yb : (tensor<?x26xf32>, tensor<5x26xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  return %f, %l, %a, %m, %n, %y : tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x26xf32>, tensor<?x5xf32>
}
}
