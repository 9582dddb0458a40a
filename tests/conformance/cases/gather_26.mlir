// Rows of tokens at places of each sequence, some of them twice: before and after products, and beside a loop over tokens.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#masks = #nn.of<"masks">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
#masks_in_batch = #nn.offsets<"masks", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @up normal : tensor<36x26xf32>
nn.parameter @down normal : tensor<7x36xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}, %masks: tensor<?xi32, #masks> {nn.input = "masks", nn.at = "tokens"}, %mask_offsets: tensor<?xi32, #masks_in_batch> {nn.input = "mask_offsets"}) -> (tensor<?x36xf32, #masks> {nn.output = "plain"}, tensor<?x7xf32, #masks> {nn.output = "mapped"}, tensor<?x36xf32, #tokens> {nn.output = "tokens"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %up = nn.get @up : tensor<36x26xf32>
  %u = nn.linear %x, %up : (tensor<?x26xf32, #tokens>, tensor<36x26xf32>) -> tensor<?x36xf32, #tokens>
  %t = nn.tanh %u : tensor<?x36xf32, #tokens>
  %g = nn.gather %t, %masks : tensor<?x36xf32, #tokens>, tensor<?xi32, #masks>
  %r = nn.relu %g : tensor<?x36xf32, #masks>
  %down = nn.get @down : tensor<7x36xf32>
  %d = nn.linear %r, %down : (tensor<?x36xf32, #masks>, tensor<7x36xf32>) -> tensor<?x7xf32, #masks>
  return %g, %d, %t : tensor<?x36xf32, #masks>, tensor<?x7xf32, #masks>, tensor<?x36xf32, #tokens>
}
}
