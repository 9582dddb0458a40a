// Attention with 1 heads of 26; its three products read one value.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @qw normal : tensor<26x26xf32>
nn.parameter @kw normal : tensor<26x26xf32>
nn.parameter @vw normal : tensor<26x26xf32>
nn.parameter @qb normal : tensor<26xf32>
nn.parameter @kb normal : tensor<26xf32>
nn.parameter @vb normal : tensor<26xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x26xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %qw = nn.get @qw : tensor<26x26xf32>
  %qb = nn.get @qb : tensor<26xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x26xf32, #tokens>, tensor<26x26xf32>, tensor<26xf32>) -> tensor<?x26xf32, #tokens>
  %kw = nn.get @kw : tensor<26x26xf32>
  %kb = nn.get @kb : tensor<26xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x26xf32, #tokens>, tensor<26x26xf32>, tensor<26xf32>) -> tensor<?x26xf32, #tokens>
  %vw = nn.get @vw : tensor<26x26xf32>
  %vb = nn.get @vb : tensor<26xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x26xf32, #tokens>, tensor<26x26xf32>, tensor<26xf32>) -> tensor<?x26xf32, #tokens>
  %y, %s, %l = nn.attention %q, %k, %v, %offsets heads 1 scale 1.961161e-01 : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x26xf32, #tokens>, tensor<?x1x?xf32, #tokens>, tensor<?x1xf32, #tokens>)
  return %y : tensor<?x26xf32, #tokens>
}
}
