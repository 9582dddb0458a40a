// Causal and banded attention with 2 heads of 64.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x64xf32>
nn.parameter @qw normal : tensor<128x64xf32>
nn.parameter @qb normal : tensor<128xf32>
nn.parameter @kw normal : tensor<128x64xf32>
nn.parameter @kb normal : tensor<128xf32>
nn.parameter @vw normal : tensor<128x64xf32>
nn.parameter @vb normal : tensor<128xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x128xf32> {nn.output = "c"}, tensor<?x128xf32> {nn.output = "w"}, tensor<?x128xf32> {nn.output = "cw"}, tensor<?x128xf32> {nn.output = "all"}) {
  %table = nn.get @table : tensor<61x64xf32>
  %x = nn.embedding %ids, %table : tensor<61x64xf32>
  %qw = nn.get @qw : tensor<128x64xf32>
  %qb = nn.get @qb : tensor<128xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x64xf32>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %kw = nn.get @kw : tensor<128x64xf32>
  %kb = nn.get @kb : tensor<128xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x64xf32>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %vw = nn.get @vw : tensor<128x64xf32>
  %vb = nn.get @vb : tensor<128xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x64xf32>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %c, %cs, %cl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 causal : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?xi32>) -> (tensor<?x128xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  %w, %ws, %wl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 window 5 : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?xi32>) -> (tensor<?x128xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  %cw, %cws, %cwl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 causal window 20 : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?xi32>) -> (tensor<?x128xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  %all, %alls, %alll = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?xi32>) -> (tensor<?x128xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  return %c, %w, %cw, %all : tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>
}
}
