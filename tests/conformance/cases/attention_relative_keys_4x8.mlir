// Relative keys alone, with a causal band.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x32xf32>
nn.parameter @vw normal : tensor<20x32xf32>
nn.parameter @kw normal : tensor<32x32xf32>
nn.parameter @u gain : tensor<32xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x20xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x32xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x32xf32>
  %kw = nn.get @kw : tensor<32x32xf32>
  %k = nn.linear %x, %kw : (tensor<?x32xf32, #tokens>, tensor<32x32xf32>) -> tensor<?x32xf32, #tokens>
  %vw = nn.get @vw : tensor<20x32xf32>
  %v = nn.linear %x, %vw : (tensor<?x32xf32, #tokens>, tensor<20x32xf32>) -> tensor<?x20xf32, #tokens>
  %keys = nn.sinusoids 7 x 8 from 3 step -1 interleaved
  %u = nn.get @u : tensor<32xf32>
  %q = nn.add %x, %u : tensor<?x32xf32, #tokens>, tensor<32xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets keys %keys by %q heads 4 scale 3.000000e-01 causal window 6 : (tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>, tensor<?x20xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<7x8xf32>, tensor<?x32xf32, #tokens>) -> (tensor<?x20xf32, #tokens>, tensor<?x4x?xf32, #tokens>, tensor<?x4xf32, #tokens>)
  return %y : tensor<?x20xf32, #tokens>
}
}
