// Reads boards from YAML, as strictly as models and tasks are read: a misspelt key must not silently measure something else.
//
//   board: cluener
//   about: one line for people
//   models: [bilstm/base, bert/base]
//   tasks: [cluener, {task: tnews, otherwise: sample-classify}]
//   scenarios: [accuracy, single-stream, server, offline]
//   precisions: [f32, bf16, int8]     # f32 if left out
//   targets: [cpu]                    # cpu if left out
//   threads: [1, 2]                   # all cores if left out
//   tier: standard                    # smoke, standard, official
//   split: dev                        # dev if left out
//   lengths: [8, 16, 32]              # further single-stream cells with queries of exactly so many tokens
//   server: {bound_ms: 20, batch: 8}  # needed where scenarios has server
//   weights: ../weights               # beside the board's file; --weights goes first
#pragma once

#include "runtime/base/Result.h"
#include "suites/run/Board.h"

namespace clew {

/// One board, or the first error by place: BadInput, NotFound, Io.
Result<Board> readBoard(const std::string &path);

/// For `clew check`: everything that is wrong with a board file; empty when it is right.
std::vector<Error> checkBoardFile(const std::string &path);

/// NAME is a board of the installation (suites/boards/NAME.yaml) or a path that ends in .yaml. NotFound with a suggestion.
Result<Board> findBoard(const std::string &name);

} // namespace clew
