// Whole windows of 1, 3 and 7 characters over 5 columns, as convolutions whose largest values make words; a highway, and a mix of two
// layers by shares that are made of parameters: the parts of ELMo, arXiv:1802.05365.
#tokens = #nn.of<"tokens">
#characters = #nn.of<"characters">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
#characters_in_tokens = #nn.offsets<"characters", "tokens">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x5xf32>
nn.parameter @shift normal : tensor<5xf32>
nn.parameter @w0 normal : tensor<3x5xf32>
nn.parameter @b0 normal : tensor<3xf32>
nn.parameter @w1 normal : tensor<6x15xf32>
nn.parameter @b1 normal : tensor<6xf32>
nn.parameter @w2 normal : tensor<14x35xf32>
nn.parameter @b2 normal : tensor<14xf32>
nn.parameter @carry normal : tensor<23x23xf32>
nn.parameter @transform gain : tensor<23x23xf32>
nn.parameter @scores gain : tensor<2xf32>
nn.parameter @gamma gain : tensor<1xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids"}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}, %characters: tensor<?xi32, #characters> {nn.input = "characters", nn.limit = 61 : i64}, %character_offsets: tensor<?xi32, #characters_in_tokens> {nn.input = "character_offsets"}) -> (tensor<?x23xf32, #tokens> {nn.output = "words"}, tensor<?x23xf32, #tokens> {nn.output = "mixed"}) {
  %table = nn.get @table : tensor<61x5xf32>
  %shift = nn.get @shift : tensor<5xf32>
  %e = nn.embedding %characters, %table : tensor<?xi32, #characters>, tensor<61x5xf32>
  %x = nn.subtract %e, %shift : tensor<?x5xf32, #characters>, tensor<5xf32>
  %x0 = nn.window %x, %character_offsets size 1 before 0 whole : tensor<?x5xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w0 = nn.get @w0 : tensor<3x5xf32>
  %b0 = nn.get @b0 : tensor<3xf32>
  %l0 = nn.linear %x0, %w0, %b0 : (tensor<?x5xf32, #characters>, tensor<3x5xf32>, tensor<3xf32>) -> tensor<?x3xf32, #characters>
  %m0 = nn.max %l0, %character_offsets : tensor<?x3xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %x1 = nn.window %x, %character_offsets size 3 before 1 whole : tensor<?x5xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w1 = nn.get @w1 : tensor<6x15xf32>
  %b1 = nn.get @b1 : tensor<6xf32>
  %l1 = nn.linear %x1, %w1, %b1 : (tensor<?x15xf32, #characters>, tensor<6x15xf32>, tensor<6xf32>) -> tensor<?x6xf32, #characters>
  %m1 = nn.max %l1, %character_offsets : tensor<?x6xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %x2 = nn.window %x, %character_offsets size 7 before 0 whole : tensor<?x5xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %w2 = nn.get @w2 : tensor<14x35xf32>
  %b2 = nn.get @b2 : tensor<14xf32>
  %l2 = nn.linear %x2, %w2, %b2 : (tensor<?x35xf32, #characters>, tensor<14x35xf32>, tensor<14xf32>) -> tensor<?x14xf32, #characters>
  %m2 = nn.max %l2, %character_offsets : tensor<?x14xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %all = nn.concat %m0, %m1, %m2 axis 1 : (tensor<?x3xf32, #tokens>, tensor<?x6xf32, #tokens>, tensor<?x14xf32, #tokens>) -> tensor<?x23xf32, #tokens>
  %words = nn.relu %all : tensor<?x23xf32, #tokens>
  %wc = nn.get @carry : tensor<23x23xf32>
  %wt = nn.get @transform : tensor<23x23xf32>
  %c = nn.linear %words, %wc : (tensor<?x23xf32, #tokens>, tensor<23x23xf32>) -> tensor<?x23xf32, #tokens>
  %g = nn.sigmoid %c : tensor<?x23xf32, #tokens>
  %t = nn.linear %words, %wt : (tensor<?x23xf32, #tokens>, tensor<23x23xf32>) -> tensor<?x23xf32, #tokens>
  %r = nn.relu %t : tensor<?x23xf32, #tokens>
  %d = nn.subtract %r, %words : tensor<?x23xf32, #tokens>, tensor<?x23xf32, #tokens>
  %gd = nn.multiply %g, %d : tensor<?x23xf32, #tokens>, tensor<?x23xf32, #tokens>
  %h = nn.add %words, %gd : tensor<?x23xf32, #tokens>, tensor<?x23xf32, #tokens>
  %scores = nn.get @scores : tensor<2xf32>
  %gamma = nn.get @gamma : tensor<1xf32>
  %shares = nn.softmax %scores : tensor<2xf32>
  %s0 = nn.slice %shares[0, 1] : tensor<2xf32>
  %s1 = nn.slice %shares[1, 1] : tensor<2xf32>
  %y0 = nn.multiply %words, %s0 : tensor<?x23xf32, #tokens>, tensor<1xf32>
  %y1 = nn.multiply %h, %s1 : tensor<?x23xf32, #tokens>, tensor<1xf32>
  %y = nn.add %y0, %y1 : tensor<?x23xf32, #tokens>, tensor<?x23xf32, #tokens>
  %mixed = nn.multiply %y, %gamma : tensor<?x23xf32, #tokens>, tensor<1xf32>
  return %words, %mixed : tensor<?x23xf32, #tokens>, tensor<?x23xf32, #tokens>
}
}
