// Whole windows of 1, 3 and 7 characters over 16 columns, as convolutions whose largest values make words; a highway, and a mix of two
// layers by shares that are made of parameters: the parts of ELMo, arXiv:1802.05365.
#tokens = #nn.of<"tokens">
#characters = #nn.of<"characters">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
#characters_in_tokens = #nn.offsets<"characters", "tokens">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x16xf32>
nn.parameter @shift normal : tensor<16xf32>
nn.parameter @w0 normal : tensor<4x16xf32>
nn.parameter @b0 normal : tensor<4xf32>
nn.parameter @w1 normal : tensor<8x48xf32>
nn.parameter @b1 normal : tensor<8xf32>
nn.parameter @w2 normal : tensor<20x112xf32>
nn.parameter @b2 normal : tensor<20xf32>
nn.parameter @carry normal : tensor<32x32xf32>
nn.parameter @transform gain : tensor<32x32xf32>
nn.parameter @scores gain : tensor<2xf32>
nn.parameter @gamma gain : tensor<1xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids"}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}, %characters: tensor<?xi32, #characters> {nn.input = "characters", nn.limit = 61 : i64}, %character_offsets: tensor<?xi32, #characters_in_tokens> {nn.input = "character_offsets"}) -> (tensor<?x32xf32, #tokens> {nn.output = "words"}, tensor<?x32xf32, #tokens> {nn.output = "mixed"}) {
  %table = nn.get @table : tensor<61x16xf32>
  %shift = nn.get @shift : tensor<16xf32>
  %e = nn.embedding %characters, %table : tensor<?xi32, #characters>, tensor<61x16xf32>
  %x = nn.subtract %e, %shift : tensor<?x16xf32, #characters>, tensor<16xf32>
  %x0 = nn.window %x, %character_offsets size 1 before 0 whole : tensor<?x16xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w0 = nn.get @w0 : tensor<4x16xf32>
  %b0 = nn.get @b0 : tensor<4xf32>
  %l0 = nn.linear %x0, %w0, %b0 : (tensor<?x16xf32, #characters>, tensor<4x16xf32>, tensor<4xf32>) -> tensor<?x4xf32, #characters>
  %m0 = nn.max %l0, %character_offsets : tensor<?x4xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %x1 = nn.window %x, %character_offsets size 3 before 1 whole : tensor<?x16xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w1 = nn.get @w1 : tensor<8x48xf32>
  %b1 = nn.get @b1 : tensor<8xf32>
  %l1 = nn.linear %x1, %w1, %b1 : (tensor<?x48xf32, #characters>, tensor<8x48xf32>, tensor<8xf32>) -> tensor<?x8xf32, #characters>
  %m1 = nn.max %l1, %character_offsets : tensor<?x8xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %x2 = nn.window %x, %character_offsets size 7 before 0 whole : tensor<?x16xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w2 = nn.get @w2 : tensor<20x112xf32>
  %b2 = nn.get @b2 : tensor<20xf32>
  %l2 = nn.linear %x2, %w2, %b2 : (tensor<?x112xf32, #characters>, tensor<20x112xf32>, tensor<20xf32>) -> tensor<?x20xf32, #characters>
  %m2 = nn.max %l2, %character_offsets : tensor<?x20xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %all = nn.concat %m0, %m1, %m2 axis 1 : (tensor<?x4xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x20xf32, #tokens>) -> tensor<?x32xf32, #tokens>
  %words = nn.relu %all : tensor<?x32xf32, #tokens>
  %wc = nn.get @carry : tensor<32x32xf32>
  %wt = nn.get @transform : tensor<32x32xf32>
  %c = nn.linear %words, %wc : (tensor<?x32xf32, #tokens>, tensor<32x32xf32>) -> tensor<?x32xf32, #tokens>
  %g = nn.sigmoid %c : tensor<?x32xf32, #tokens>
  %t = nn.linear %words, %wt : (tensor<?x32xf32, #tokens>, tensor<32x32xf32>) -> tensor<?x32xf32, #tokens>
  %r = nn.relu %t : tensor<?x32xf32, #tokens>
  %d = nn.subtract %r, %words : tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>
  %gd = nn.multiply %g, %d : tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>
  %h = nn.add %words, %gd : tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>
  %scores = nn.get @scores : tensor<2xf32>
  %gamma = nn.get @gamma : tensor<1xf32>
  %shares = nn.softmax %scores : tensor<2xf32>
  %s0 = nn.slice %shares[0, 1] : tensor<2xf32>
  %s1 = nn.slice %shares[1, 1] : tensor<2xf32>
  %y0 = nn.multiply %words, %s0 : tensor<?x32xf32, #tokens>, tensor<1xf32>
  %y1 = nn.multiply %h, %s1 : tensor<?x32xf32, #tokens>, tensor<1xf32>
  %y = nn.add %y0, %y1 : tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>
  %mixed = nn.multiply %y, %gamma : tensor<?x32xf32, #tokens>, tensor<1xf32>
  return %words, %mixed : tensor<?x32xf32, #tokens>, tensor<?x32xf32, #tokens>
}
}
