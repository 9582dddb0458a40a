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

#tokens_in_batch = #nn.offsets<"tokens", "batch">
// expected-error @+1 {{nn.input must be a name, found ""}}
func.func @main(%x: tensor<?xi32, #tokens_in_batch> {nn.input = ""}) {
  return
}

// -----

#tokens = #nn.of<"tokens">
// expected-error @+1 {{input "ids" must be tensor<?xi32> of a level or of offsets}}
func.func @main(%x: tensor<?x4xf32, #tokens> {nn.input = "ids"}) {
  return
}

// -----

#tokens = #nn.of<"tokens">
// expected-error @+1 {{nn.output must be a name, found 3 : i64}}
func.func @main(%x: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens> {nn.output = 3}) {
  return %x : tensor<?x4xf32, #tokens>
}

// -----

// expected-error @+1 {{nn.carried must name an f32 matrix with a row for each sequence}}
func.func @main(%x: tensor<?x4xf32, #nn.of<"tokens">> {nn.carried = "h"}) {
  return
}

// -----

// expected-error @+1 {{nn.limit must be a positive i64 of values}}
func.func @main(%ids: tensor<?xi32, #nn.of<"tokens">> {nn.input = "ids", nn.limit = -1 : i64}) {
  return
}

// -----

// expected-error @+1 {{nn.most must be a positive i64 of offsets}}
func.func @main(%ids: tensor<?xi32, #nn.of<"tokens">> {nn.input = "ids", nn.most = 3 : i64}) {
  return
}

// -----

// expected-error @+1 {{only values may be optional}}
func.func @main(%offsets: tensor<?xi32, #nn.offsets<"tokens", "batch">> {nn.input = "offsets", nn.optional}) {
  return
}

// -----

// expected-error @+1 {{nn.derived must be "positions" or "counts" of a level, found "order"}}
func.func @main(%order: tensor<?xi32, #nn.of<"tokens">> {nn.derived = "order"}) {
  return
}

// -----

// expected-error @+1 {{a level needs dynamic rows and static columns}}
func.func @main(%x: tensor<4x8xf32, #nn.of<"tokens">>) {
  return
}

// -----

// expected-error @+1 {{offsets are tensor<?xi32>}}
func.func @main(%x: tensor<?xf32, #nn.offsets<"tokens", "batch">>) {
  return
}

// -----

// expected-error @+1 {{offsets cannot cut 'batch' out of 'tokens'}}
func.func @main(%x: tensor<?xi32, #nn.offsets<"batch", "tokens">>) {
  return
}

// -----

// expected-error @+1 {{unknown attribute nn.colour}}
module attributes {nn.colour = "red"} {
}

// -----

#tokens = #nn.of<"tokens">
func.func @ids(%ids: tensor<?x2xf32, #tokens>, %table: tensor<100x26xf32>) {
  // expected-error @+1 {{operand #0 must be tensor<?xi32> of a level, but got 'tensor<?x2xf32, #nn.of<"tokens">>'}}
  %y = "nn.embedding"(%ids, %table) : (tensor<?x2xf32, #tokens>, tensor<100x26xf32>) -> tensor<?x26xf32, #tokens>
  return
}
