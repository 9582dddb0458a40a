// clew-opt: mlir-opt for our dialects and passes. Tests of the compiler run through it.
#include "compiler/tools/Register.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  clew::compiler::registerClew(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "clew-opt: runs passes of Clew and MLIR\n", registry));
}
