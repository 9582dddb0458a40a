// XLNet's: a linear map of waves for distances, keys of segments, a bias of its own for each query; heads that fill no vector.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x78xf32>
nn.parameter @vw normal : tensor<78x78xf32>
nn.parameter @kw normal : tensor<78x78xf32>
nn.parameter @u gain : tensor<78xf32>
nn.parameter @w gain : tensor<78xf32>
nn.parameter @keys gain : tensor<2x78xf32>
nn.parameter @r normal : tensor<78x78xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %segments: tensor<?xi32, #tokens> {nn.input = "segments"}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x78xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x78xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x78xf32>
  %kw = nn.get @kw : tensor<78x78xf32>
  %k = nn.linear %x, %kw : (tensor<?x78xf32, #tokens>, tensor<78x78xf32>) -> tensor<?x78xf32, #tokens>
  %vw = nn.get @vw : tensor<78x78xf32>
  %v = nn.linear %x, %vw : (tensor<?x78xf32, #tokens>, tensor<78x78xf32>) -> tensor<?x78xf32, #tokens>
  %waves = nn.sinusoids 401 x 78 from 200 step -1
  %r = nn.get @r : tensor<78x78xf32>
  %distances = nn.linear %waves, %r : (tensor<401x78xf32>, tensor<78x78xf32>) -> tensor<401x78xf32>
  %u = nn.get @u : tensor<78xf32>
  %q = nn.add %x, %u : tensor<?x78xf32, #tokens>, tensor<78xf32>
  %w = nn.get @w : tensor<78xf32>
  %p = nn.add %x, %w : tensor<?x78xf32, #tokens>, tensor<78xf32>
  %keys = nn.get @keys : tensor<2x78xf32>
  %y, %s, %l = nn.attention %x, %k, %v, %offsets keys %distances by %q segments %segments, %keys met by %p heads 3 scale 3.000000e-01 : (tensor<?x78xf32, #tokens>, tensor<?x78xf32, #tokens>, tensor<?x78xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<401x78xf32>, tensor<?x78xf32, #tokens>, tensor<?xi32, #tokens>, tensor<2x78xf32>, tensor<?x78xf32, #tokens>) -> (tensor<?x78xf32, #tokens>, tensor<?x3x?xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return %y : tensor<?x78xf32, #tokens>
}
}
