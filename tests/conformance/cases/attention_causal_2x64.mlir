// Causal and banded attention with 2 heads of 64.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x64xf32>
nn.parameter @qw normal : tensor<128x64xf32>
nn.parameter @qb normal : tensor<128xf32>
nn.parameter @kw normal : tensor<128x64xf32>
nn.parameter @kb normal : tensor<128xf32>
nn.parameter @vw normal : tensor<128x64xf32>
nn.parameter @vb normal : tensor<128xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x128xf32, #tokens> {nn.output = "c"}, tensor<?x128xf32, #tokens> {nn.output = "w"}, tensor<?x128xf32, #tokens> {nn.output = "cw"}, tensor<?x128xf32, #tokens> {nn.output = "all"}) {
  %table = nn.get @table : tensor<61x64xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x64xf32>
  %qw = nn.get @qw : tensor<128x64xf32>
  %qb = nn.get @qb : tensor<128xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x64xf32, #tokens>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32, #tokens>
  %kw = nn.get @kw : tensor<128x64xf32>
  %kb = nn.get @kb : tensor<128xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x64xf32, #tokens>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32, #tokens>
  %vw = nn.get @vw : tensor<128x64xf32>
  %vb = nn.get @vb : tensor<128xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x64xf32, #tokens>, tensor<128x64xf32>, tensor<128xf32>) -> tensor<?x128xf32, #tokens>
  %c, %cs, %cl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 causal : (tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x128xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  %w, %ws, %wl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 window 5 : (tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x128xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  %cw, %cws, %cwl = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 causal window 20 : (tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x128xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  %all, %alls, %alll = nn.attention %q, %k, %v, %offsets heads 2 scale 1.2 : (tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x128xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %c, %w, %cw, %all : tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>, tensor<?x128xf32, #tokens>
}
}
