// RUN: clew-opt %s --split-input-file --verify-diagnostics
// Symbols, inputs, outputs and what a module says of its model.

func.func @unknown() -> tensor<4xf32> {
  // expected-error @+1 {{'nn.get' op unknown parameter @b}}
  %b = nn.get @b : tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// expected-note @+1 {{declared here}}
nn.parameter @b normal : tensor<4xf32>
func.func @type() -> tensor<8xf32> {
  // expected-error @+1 {{'nn.get' op reads 'tensor<8xf32>', but the parameter is 'tensor<4xf32>'}}
  %b = nn.get @b : tensor<8xf32>
  return %b : tensor<8xf32>
}

// -----

// expected-error @+1 {{'nn.parameter' op must have a static shape, found 'tensor<?x4xf32>'}}
nn.parameter @w normal : tensor<?x4xf32>

// -----

// expected-error @+1 {{'nn.parameter' op names no tensor after 'from'}}
nn.parameter @w normal : tensor<4xf32> from []

// -----

// expected-error @+1 {{nn.input must be "ids", "segments" or "offsets", found "words"}}
func.func @main(%x: tensor<?xi32> {nn.input = "words"}) {
  return
}

// -----

// expected-error @+1 {{input "ids" must be tensor<?xi32>}}
func.func @main(%x: tensor<?x4xf32> {nn.input = "ids"}) {
  return
}

// -----

// expected-error @+1 {{nn.output must be a name, found 3 : i64}}
func.func @main(%x: tensor<?x4xf32>) -> (tensor<?x4xf32> {nn.output = 3}) {
  return %x : tensor<?x4xf32>
}

// -----

// expected-error @+1 {{nn.vocabulary must be a positive i64}}
module attributes {nn.vocabulary = -1 : i64} {
}

// -----

// expected-error @+1 {{unknown attribute nn.colour}}
module attributes {nn.colour = "red"} {
}

// -----

func.func @ids(%ids: tensor<?x2xf32>, %table: tensor<100x26xf32>) {
  // expected-error @+1 {{operand #0 must be tensor<?xi32>, but got 'tensor<?x2xf32>'}}
  %y = "nn.embedding"(%ids, %table) : (tensor<?x2xf32>, tensor<100x26xf32>) -> tensor<?x26xf32>
  return
}
