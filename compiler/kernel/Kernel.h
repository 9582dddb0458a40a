// The dialect kernel: see KernelOps.td.
#pragma once

#include "compiler/nn/NN.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "compiler/kernel/KernelDialect.h.inc"
#include "compiler/kernel/KernelEnums.h.inc"

#define GET_OP_CLASSES
#include "compiler/kernel/KernelOps.h.inc"
